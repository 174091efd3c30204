#include "application/deliberation/follow_deliberation.h"

#include <algorithm>
#include <utility>

namespace orc {
namespace {

// A deliberation may be large, so it is not read as often as its events.
constexpr std::chrono::seconds looks_for_end_apart{5};

}  // namespace

FollowDeliberation::FollowDeliberation(const Ports& ports, Deliberation deliberation, std::int64_t after)
    : ports_(ports),
      deliberation_(std::make_shared<const Deliberation>(std::move(deliberation))),
      after_(after),
      pause_(ports.wake_ups.make()),
      watch_(ports.signals.watch(deliberation_->id, [this] {
        heard_ = true;
        pause_->wake();
      })) {}

// The deliberation is read before its events where it may be over, and behind them where they tell of its end.
Async<DeliberationNews> FollowDeliberation::look() {
  DeliberationNews news;
  const bool had_ended = deliberation_->end.has_value();
  auto events = co_await ports_.events.of(deliberation_->id, after_, follow_events_max, follow_bytes_max);
  if (!events) co_return pass_on(events);
  news.events = std::move(*events);
  if (!had_ended && may_have_ended(news)) {
    auto now = co_await ports_.deliberations.get(deliberation_->id);
    if (!now) co_return pass_on(now);
    deliberation_ = std::make_shared<const Deliberation>(std::move(*now));
  }
  if (!news.events.empty()) after_ = news.events.back().n;
  news.deliberation = deliberation_;
  // Events of one that has ended may have been removed since.
  const bool is_last = !news.events.empty() && news.events.back().event.kind == EventKind::ended;
  news.is_over = is_last || (had_ended && news.events.empty());
  co_return news;
}

bool FollowDeliberation::may_have_ended(const DeliberationNews& news) {
  if (std::ranges::any_of(news.events, [](const StoredEvent& one) { return one.event.kind >= EventKind::scores; })) return true;
  const SteadyTime now = ports_.clock.steady_now();
  if (!news.events.empty() || now < look_for_end_at_) return false;
  look_for_end_at_ = now + looks_for_end_apart;
  return true;
}

Async<DeliberationNews> FollowDeliberation::next(SteadyTime until) {
  for (;;) {
    const bool had_ended = deliberation_->end.has_value();
    const bool was_heard_of = std::exchange(heard_, false);
    auto news = co_await look();
    if (news && !news->events.empty()) {
      interval_ = was_heard_of ? follow_interval_max : follow_interval_min;
      told_at_ = ports_.clock.steady_now();
    }
    if (!news || !news->events.empty() || news->is_over || gave_up_ || ports_.clock.steady_now() >= until) co_return news;
    if (deliberation_->end.has_value() != had_ended) continue;  // what tells of its end is there by now
    co_await rest(until);
    if (gave_up_) co_return DeliberationNews{.deliberation = deliberation_};
  }
}

boost::asio::awaitable<void> FollowDeliberation::rest(SteadyTime until) {
  co_await pause_->wait(std::min<SteadyTime>(until, ports_.clock.steady_now() + interval_));
  interval_ = std::min(2 * interval_, follow_interval_max);
  // Of several in a row the first was told.
  const SteadyTime gathered = std::min<SteadyTime>(until, told_at_ + follow_events_apart);
  while (!gave_up_ && ports_.clock.steady_now() < gathered) co_await pause_->wait(gathered);
}

void FollowDeliberation::give_up() {
  gave_up_ = true;
  pause_->wake();
}

}  // namespace orc
