#pragma once

#include <string>
#include <string_view>

#include "adapters/nats/nats_link.h"
#include "ports/event_publisher.h"

namespace orc::nats {

// The stream that keeps what no other stream does (contract section 8).
inline constexpr std::string_view own_stream = "ORC_EVENTS";
inline constexpr std::int64_t own_stream_bytes_default = std::int64_t{1} << 30;

// Whether own_stream is there, or no subject of section 8 needs it: those that no stream keeps become its own. `lost`: it has to be made.
// Streams of others are left as they are. Blocks. Errors: unavailable; the sentence names the stream that keeps only a part of a subject's
// messages, as the other part has no place then, and says what to do.
Result<PublishedBefore> find_streams(NatsLink& link);

// Makes own_stream, of the subjects that no other stream keeps, with room for so many bytes. Likewise.
Result<void> make_own_stream(NatsLink& link, std::int64_t bytes_max);

// The same for people, and nothing is changed: which streams keep what, or will. Errors: as find_streams().
Result<std::string> describe_streams(NatsLink& link);

// Whether `pattern`, with '*' for one token and '>' for one or more, matches every subject that `wanted` does, which may hold '*'.
bool covers(std::string_view pattern, std::string_view wanted);

}  // namespace orc::nats
