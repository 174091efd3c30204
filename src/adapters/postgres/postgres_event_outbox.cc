#include "adapters/postgres/postgres_event_outbox.h"

#include <algorithm>

#include "adapters/deliberation_json/deliberation_columns.h"
#include "domain/assert.h"

namespace orc::postgres {
namespace {

constexpr auto bytes_at_once_max = static_cast<std::int64_t>(event_bytes_at_once_max);

bool is_count(int count) { return count >= 1 && count <= events_at_once_max; }

std::vector<StoredEvent> read_events(const Rows& rows) {
  std::vector<StoredEvent> events;
  for (const Row row : rows) events.push_back(stored_event_of(row));
  return events;
}

}  // namespace

Async<std::vector<StoredEvent>> PostgresEventOutbox::of(std::string deliberation, std::int64_t after, int count, std::size_t bytes_max) {
  ORC_ASSERT(is_count(count) && bytes_max >= 1 && bytes_max <= event_bytes_at_once_max);
  return readers_.run([deliberation = std::move(deliberation), after, count,
                       bytes = static_cast<std::int64_t>(bytes_max)](Reading& reading) -> Result<std::vector<StoredEvent>> {
    return read_events(reading.ask("events_of_deliberation", deliberation, after, count, bytes));
  });
}

Async<std::vector<StoredEvent>> PostgresEventOutbox::unpublished(int count) {
  ORC_ASSERT(is_count(count));
  return readers_.run([count](Reading& reading) -> Result<std::vector<StoredEvent>> {
    return read_events(reading.ask("unpublished_events", count, bytes_at_once_max));
  });
}

Async<void> PostgresEventOutbox::note_published(std::vector<EventId> ids) {
  return writer_.run([ids = std::move(ids)](Transaction& transaction, Timestamp now) -> Result<void> {
    transaction.send("note_events_published", ids, now);
    return {};
  });
}

Async<Again> PostgresEventOutbox::publish_again(EventId from, EventId until, int count) {
  ORC_ASSERT(is_count(count));
  return writer_.run([=](Transaction& transaction, Timestamp) -> Result<Again> {
    Again again;
    for (const Row row : transaction.ask("publish_events_again", from, until, count)) {
      again.last = std::max(again.last.value_or(EventId{}), row.as<EventId>(0));
      ++again.count;
    }
    return again;
  });
}

Async<std::optional<EventId>> PostgresEventOutbox::first_since(Timestamp moment) {
  return readers_.run([moment](Reading& reading) -> Result<std::optional<EventId>> {
    const Rows found = reading.ask("first_event_since", moment);
    if (found.empty()) return std::nullopt;
    return found[0].as<EventId>(0);
  });
}

Async<std::optional<EventId>> PostgresEventOutbox::last() {
  return readers_.run([](Reading& reading) -> Result<std::optional<EventId>> { return reading.ask("last_event")[0].maybe<EventId>(0); });
}

Async<EventBacklog> PostgresEventOutbox::backlog() {
  return readers_.run([](Reading& reading) -> Result<EventBacklog> {
    const Rows found = reading.ask("event_backlog");
    return EventBacklog{.waiting = found[0].integer(0), .oldest = found[0].maybe_time(1)};
  });
}

}  // namespace orc::postgres
