#include "tests/fakes/memory_event_outbox.h"

#include <set>

namespace orc {

Async<std::vector<StoredEvent>> MemoryEventOutbox::of(std::string deliberation, std::int64_t after, int count, std::size_t bytes_max) {
  ++reads;
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::vector<StoredEvent> found;
  std::size_t bytes = 0;
  for (const MemoryEvent& one : state_.events)
    if (one.stored.deliberation == deliberation && one.stored.n > after && std::cmp_less(found.size(), count) && bytes < bytes_max) {
      found.push_back(one.stored);
      bytes += text_bytes_of(one.stored);
    }
  co_return found;
}

Async<std::vector<StoredEvent>> MemoryEventOutbox::unpublished(int count) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::vector<StoredEvent> found;
  std::size_t bytes = 0;
  for (const MemoryEvent& one : state_.events)
    if (!one.published_at && std::cmp_less(found.size(), count) && bytes < event_bytes_at_once_max) {
      found.push_back(one.stored);
      bytes += text_bytes_of(one.stored);
    }
  co_return found;
}

Async<void> MemoryEventOutbox::note_published(std::vector<EventId> ids) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  const std::set<EventId> published(ids.begin(), ids.end());
  for (MemoryEvent& one : state_.events)
    if (published.contains(one.stored.id)) one.published_at = state_.clock.now();
  co_return Result<void>{};
}

Async<Again> MemoryEventOutbox::publish_again(EventId from, EventId until, int count) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  Again again;
  for (MemoryEvent& one : state_.events) {
    if (one.stored.id < from || one.stored.id > until || again.count == count || !one.published_at) continue;
    one.published_at.reset();
    again.last = one.stored.id;
    ++again.count;
  }
  co_return again;
}

Async<std::optional<EventId>> MemoryEventOutbox::first_since(Timestamp moment) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  for (const MemoryEvent& one : state_.events)
    if (one.stored.at >= moment) co_return one.stored.id;
  co_return std::nullopt;
}

Async<std::optional<EventId>> MemoryEventOutbox::last() {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  if (state_.events.empty()) co_return std::nullopt;
  co_return state_.events.back().stored.id;
}

Async<EventBacklog> MemoryEventOutbox::backlog() {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  EventBacklog backlog;
  for (const MemoryEvent& one : state_.events) {
    if (one.published_at) continue;
    if (backlog.waiting++ == 0) backlog.oldest = one.stored.at;
  }
  co_return backlog;
}

}  // namespace orc
