#pragma once

#include "adapters/nats/nats_link.h"
#include "ports/event_publisher.h"

namespace orc::nats {

// The stream that keeps what no other stream does (contract section 8).
inline constexpr std::string_view own_stream = "ORC_EVENTS";

// Makes sure that every subject of section 8 is kept by some stream: those that none keeps become own_stream's. `lost`: that one had to be
// made. Streams of others are left as they are. Blocks. Errors: unavailable.
Result<PublishedBefore> prepare_streams(NatsLink& link);

}  // namespace orc::nats
