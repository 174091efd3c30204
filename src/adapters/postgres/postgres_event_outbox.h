#pragma once

#include "adapters/postgres/readers.h"
#include "adapters/postgres/writer.h"
#include "ports/event_outbox.h"

namespace orc::postgres {

// PostgresEventOutbox is an EventOutbox in a PostgreSQL database. Ids of several processes are committed in any order, but those of one
// deliberation in theirs, as its row is locked meanwhile. Thread-safe. Borrows everything.
class PostgresEventOutbox final : public EventOutbox {
 public:
  PostgresEventOutbox(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

  Async<std::vector<StoredEvent>> of(std::string deliberation, std::int64_t after, int count, std::size_t bytes_max) override;
  Async<std::vector<StoredEvent>> unpublished(int count) override;
  Async<void> note_published(std::vector<EventId> ids) override;
  Async<Again> publish_again(EventId from, EventId until, int count) override;
  Async<std::optional<EventId>> first_since(Timestamp moment) override;
  Async<std::optional<EventId>> last() override;
  Async<EventBacklog> backlog() override;

 private:
  Writer& writer_;
  Readers& readers_;
};

}  // namespace orc::postgres
