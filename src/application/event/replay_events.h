#pragma once

#include <variant>

#include "ports/event_outbox.h"

namespace orc {

// From where on: those stored at a moment or later, or from one event on.
using ReplaySince = std::variant<Timestamp, EventId>;

// ReplayEvents lets events that were published be published once more, for whoever has lost them: as far back as the outbox still holds
// them, in their order. Whoever publishes finds them there.
class ReplayEvents {
 public:
  explicit ReplayEvents(EventOutbox& outbox) : outbox_(outbox) {}

  // How many. What is stored while it runs is not among them. Errors: unavailable; some may be published again then.
  Async<std::int64_t> run(ReplaySince since);

 private:
  Async<std::optional<EventId>> first(ReplaySince since);

  EventOutbox& outbox_;
};

}  // namespace orc
