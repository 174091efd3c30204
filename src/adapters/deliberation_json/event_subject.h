#pragma once

#include <string>
#include <string_view>

#include "domain/deliberation/deliberation.h"
#include "domain/deliberation/deliberation_event.h"

namespace orc {

// How an event is named to the outside (contract section 8).
struct EventNaming {
  std::string subject;     // where it is published
  std::string event_type;  // of its envelope
  std::string type;        // of its payload, where it is part of a stream of events
  std::string key;         // "event_type:entity_id:operation", whose SHA-256 is the idempotency key: no two events have the same
};

// Whether it is the answer of an agent; otherwise it is told in an envelope. `deliberation` is the event's.
bool is_agent_response(const StoredEvent& event, const Deliberation& deliberation);

EventNaming naming_of(const StoredEvent& event, const Deliberation& deliberation);

// `name` as one token of a subject: what is illegal there becomes '_', also a '.', which would make two of it.
std::string subject_token(std::string_view name);

}  // namespace orc
