#include "adapters/sqlite/event_rows.h"

#include <algorithm>

#include "adapters/deliberation_json/deliberation_columns.h"

namespace orc::sqlite {
namespace {

// Takes events until they have so many bytes together; the last may go beyond.
auto gather_until(std::size_t bytes_max, std::vector<StoredEvent>& events) {
  return [bytes_max, bytes = std::size_t{0}, &events](Row row) mutable {
    events.push_back(stored_event_of(row));
    bytes += text_bytes_of(events.back());
    return bytes < bytes_max;
  };
}

}  // namespace

EventWrites::EventWrites(Connection& connection, const StatementCatalog& catalog)
    : append_(catalog.prepare(connection, "append_event")),
      last_number_(catalog.prepare(connection, "last_event_of_deliberation")),
      of_deliberation_(catalog.prepare(connection, "events_of_deliberation")),
      note_published_(catalog.prepare(connection, "note_event_published")),
      publish_again_(catalog.prepare(connection, "publish_events_again")) {}

void EventWrites::append(std::int64_t deliberation, const DeliberationEvent& event, Timestamp now) {
  const CallName& call = event.call;
  append_.execute(deliberation, now, event.kind, call.stage, call.agent, call.sample, event.attempt, event.part, event.text);
}

bool EventWrites::ends_with(std::int64_t deliberation, const std::string& id, const std::vector<DeliberationEvent>& events) {
  std::vector<DeliberationEvent> last;
  of_deliberation_.for_each([&](Row row) { last.push_back(stored_event_of(row).event); }, id,
                            last_number_.number(deliberation) - std::ssize(events), events.size());
  return last == events;
}

void EventWrites::note_published(const std::vector<EventId>& ids, Timestamp now) {
  for (const EventId id : ids) note_published_.execute(id, now);
}

Again EventWrites::publish_again(EventId from, EventId until, int count) {
  Again again;
  publish_again_.for_each(
      [&](Row row) {
        again.last = std::max(again.last.value_or(EventId{}), row.as<EventId>(0));
        ++again.count;
      },
      from, until, count);
  return again;
}

EventQueries::EventQueries(Connection& connection, const StatementCatalog& catalog)
    : of_deliberation_(catalog.prepare(connection, "events_of_deliberation")),
      unpublished_(catalog.prepare(connection, "unpublished_events")),
      first_since_(catalog.prepare(connection, "first_event_since")),
      last_(catalog.prepare(connection, "last_event")),
      backlog_(catalog.prepare(connection, "event_backlog")) {}

std::vector<StoredEvent> EventQueries::of(const std::string& deliberation, std::int64_t after, int count, std::size_t bytes_max) {
  std::vector<StoredEvent> events;
  of_deliberation_.take_while(gather_until(bytes_max, events), deliberation, after, count);
  return events;
}

std::vector<StoredEvent> EventQueries::unpublished(int count) {
  std::vector<StoredEvent> events;
  unpublished_.take_while(gather_until(event_bytes_at_once_max, events), count);
  return events;
}

std::optional<EventId> EventQueries::first_since(Timestamp moment) {
  return first_since_.first([](Row row) { return row.as<EventId>(0); }, moment);
}

std::optional<EventId> EventQueries::last() {
  const auto found = last_.first([](Row row) { return row.maybe<EventId>(0); });
  return found.value_or(std::nullopt);
}

EventBacklog EventQueries::backlog() {
  const auto found = backlog_.first([](Row row) { return EventBacklog{.waiting = row.integer(0), .oldest = row.maybe_time(1)}; });
  return found.value_or(EventBacklog{});
}

}  // namespace orc::sqlite
