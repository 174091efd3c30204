#include "adapters/sqlite/sqlite_event_outbox.h"

#include "domain/assert.h"

namespace orc::sqlite {
namespace {

bool is_count(int count) { return count >= 1 && count <= events_at_once_max; }

}  // namespace

Async<std::vector<StoredEvent>> SqliteEventOutbox::of(std::string deliberation, std::int64_t after, int count, std::size_t bytes_max) {
  ORC_ASSERT(is_count(count) && bytes_max >= 1 && bytes_max <= event_bytes_at_once_max);
  return readers_.elsewhere(
      [deliberation = std::move(deliberation), after, count, bytes_max](ReadSession& session) -> Result<std::vector<StoredEvent>> {
        return session.events.of(deliberation, after, count, bytes_max);
      });
}

Async<std::vector<StoredEvent>> SqliteEventOutbox::unpublished(int count) {
  ORC_ASSERT(is_count(count));
  return readers_.elsewhere(
      [count](ReadSession& session) -> Result<std::vector<StoredEvent>> { return session.events.unpublished(count); });
}

Async<void> SqliteEventOutbox::note_published(std::vector<EventId> ids) {
  const std::size_t rows = ids.size();
  return writer_.run(
      [this, ids = std::move(ids)](Timestamp now) -> Result<void> {
        writes_.note_published(ids, now);
        return {};
      },
      rows);
}

Async<Again> SqliteEventOutbox::publish_again(EventId from, EventId until, int count) {
  ORC_ASSERT(is_count(count));
  return writer_.run([=, this](Timestamp) -> Result<Again> { return writes_.publish_again(from, until, count); },
                     static_cast<std::size_t>(count));
}

Async<std::optional<EventId>> SqliteEventOutbox::first_since(Timestamp moment) {
  return readers_.elsewhere(
      [moment](ReadSession& session) -> Result<std::optional<EventId>> { return session.events.first_since(moment); });
}

Async<std::optional<EventId>> SqliteEventOutbox::last() {
  return readers_.elsewhere([](ReadSession& session) -> Result<std::optional<EventId>> { return session.events.last(); });
}

Async<EventBacklog> SqliteEventOutbox::backlog() {
  return readers_.elsewhere([](ReadSession& session) -> Result<EventBacklog> { return session.events.backlog(); });
}

}  // namespace orc::sqlite
