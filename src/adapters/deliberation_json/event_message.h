#pragma once

#include <string>

#include "domain/deliberation/deliberation.h"
#include "domain/deliberation/deliberation_event.h"
#include "ports/credentials.h"

namespace orc {

// A text in a message is cut to so much, so that a message stays below the mebibyte that brokers take; "truncated" says so then. The whole
// text is in the deliberation itself.
inline constexpr std::size_t event_text_bytes_max = 128 * 1024;  // as JSON writes them
inline constexpr std::size_t event_note_bytes_max = 16 * 1024;   // likewise, of what stands beside a decision: no message is above 1 MiB

// An event as it is published (contract section 8).
struct EventMessage {
  std::string subject;
  std::string id;  // its idempotency key: the same whenever this event is published
  std::string body;
};

// `deliberation` is the event's, read no earlier than the event. The same event gives the same bytes, as long as its deliberation is there.
EventMessage event_message(const StoredEvent& event, const Deliberation& deliberation, Digest& digest);

}  // namespace orc
