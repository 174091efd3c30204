#pragma once

#include "adapters/nats/nats_link.h"
#include "ports/event_publisher.h"

namespace orc::nats {

// The stream that keeps what no other stream does (contract section 8).
inline constexpr std::string_view own_stream = "ORC_EVENTS";

// Whether own_stream is there, or no subject of section 8 needs it: those that no stream keeps become its own. `lost`: it has to be made.
// Streams of others are left as they are. Blocks. Errors: unavailable.
Result<PublishedBefore> find_streams(NatsLink& link);

// Makes own_stream, of the subjects that no other stream keeps. Likewise.
Result<void> make_own_stream(NatsLink& link);

}  // namespace orc::nats
