#include "application/event/replay_events.h"

#include <utility>

namespace orc {

Async<std::int64_t> ReplayEvents::run(ReplaySince since) {
  auto from = co_await first(since);
  if (!from) co_return pass_on(from);
  const auto until = co_await outbox_.last();
  if (!until) co_return std::unexpected(until.error());
  std::int64_t count = 0;
  while (*from && *until && **from <= **until) {
    const auto again = co_await outbox_.publish_again(**from, **until, events_at_once_max);
    if (!again) co_return std::unexpected(again.error());
    count += again->count;
    if (!again->last) break;
    *from = EventId{std::to_underlying(*again->last) + 1};
  }
  co_return count;
}

Async<std::optional<EventId>> ReplayEvents::first(ReplaySince since) {
  if (const auto* event = std::get_if<EventId>(&since)) co_return *event;
  co_return co_await outbox_.first_since(std::get<Timestamp>(since));
}

}  // namespace orc
