#pragma once

#include "adapters/sqlite/event_rows.h"
#include "adapters/sqlite/readers.h"
#include "adapters/sqlite/writer.h"

namespace orc::sqlite {

// SqliteEventOutbox is an EventOutbox in one SQLite file. Thread-safe. Borrows everything.
class SqliteEventOutbox final : public EventOutbox {
 public:
  SqliteEventOutbox(Writer& writer, Readers& readers, EventWrites& writes) : writer_(writer), readers_(readers), writes_(writes) {}

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
  EventWrites& writes_;
};

}  // namespace orc::sqlite
