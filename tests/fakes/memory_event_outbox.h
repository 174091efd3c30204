#pragma once

#include "ports/event_outbox.h"
#include "tests/fakes/memory_state.h"

namespace orc {

// MemoryEventOutbox is an EventOutbox in memory. For one thread.
class MemoryEventOutbox final : public EventOutbox {
 public:
  explicit MemoryEventOutbox(MemoryState& state) : state_(state) {}

  Async<std::vector<StoredEvent>> of(std::string deliberation, std::int64_t after, int count, std::size_t bytes_max) override;
  Async<std::vector<StoredEvent>> unpublished(int count) override;
  Async<void> note_published(std::vector<EventId> ids) override;
  Async<Again> publish_again(EventId from, EventId until, int count) override;
  Async<std::optional<EventId>> first_since(Timestamp moment) override;
  Async<std::optional<EventId>> last() override;
  Async<EventBacklog> backlog() override;

  int reads = 0;  // calls of of()

 private:
  MemoryState& state_;
};

}  // namespace orc
