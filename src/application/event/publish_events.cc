#include "application/event/publish_events.h"

#include <algorithm>

#include "application/event/replay_events.h"

namespace orc {
namespace {

constexpr std::chrono::milliseconds backoff_first{200};
constexpr std::chrono::milliseconds backoff_max{5'000};
constexpr int doublings_max = 5;

}  // namespace

Async<void> PublishEvents::run_once() {
  if (is_stopping_ || ports_.clock.steady_now() < next_try_) co_return Result<void>{};
  const auto is_there = co_await connect();
  if (!is_there) co_return std::unexpected(is_there.error());
  if (!*is_there) co_return Result<void>{};
  for (int round = 0; round < rounds_per_run && !is_stopping_; ++round) {
    const auto progress = co_await publish_round();
    if (!progress) co_return std::unexpected(progress.error());
    if (*progress != Progress::more) break;
  }
  co_return Result<void>{};
}

Async<bool> PublishEvents::connect() {
  if (ports_.publisher.is_connected() && state_.is_connected) co_return true;
  state_.is_connected = false;
  const auto before = co_await ports_.publisher.prepare();
  if (!before) {
    stop_for_now(before.error());
    co_return false;
  }
  if (*before == PublishedBefore::lost) {
    if (auto repeated = co_await publish_everything_again(); !repeated) co_return pass_on(repeated);
    if (auto made = co_await ports_.publisher.make_place(); !made) {
      stop_for_now(made.error());
      co_return false;
    }
  }
  state_.is_connected = true;
  co_return true;
}

// Nothing is published meanwhile, so that what is new comes behind what it follows.
Async<void> PublishEvents::publish_everything_again() {
  const auto count = co_await ReplayEvents(ports_.outbox).run(EventId{});
  if (!count) co_return std::unexpected(count.error());
  if (*count > 0) {
    ++state_.repeats;
    ports_.log.warn("events are published again", {{"events", *count}, {"reason", "what was published before is not kept any more"}});
  }
  co_return Result<void>{};
}

Async<PublishEvents::Progress> PublishEvents::publish_round() {
  auto waiting = co_await ports_.outbox.unpublished(round_max);
  if (!waiting) co_return pass_on(waiting);
  if (waiting->empty()) {
    go_on();
    co_return Progress::all;
  }
  const bool is_full = waiting->size() == round_max;
  auto events = co_await with_deliberations(std::move(*waiting));
  if (!events) co_return pass_on(events);
  PublishOutcome outcome = co_await ports_.publisher.publish(std::move(*events));
  if (outcome.stopped)
    stop_for_now(*outcome.stopped);
  else
    go_on();
  state_.published += std::ssize(outcome.taken);
  state_.refused += std::ssize(outcome.refused);
  for (const EventId id : outcome.refused)
    ports_.log.warn("an event was refused and is passed over", {{"event_id", std::to_underlying(id)}});
  std::vector<EventId> done = std::move(outcome.taken);
  done.insert(done.end(), outcome.refused.begin(), outcome.refused.end());
  if (done.empty()) co_return Progress::none;
  // If this fails they are published again, under the same names.
  if (auto noted = co_await ports_.outbox.note_published(std::move(done)); !noted) co_return pass_on(noted);
  if (outcome.stopped) co_return Progress::none;
  co_return is_full ? Progress::more : Progress::all;
}

// What an event tells beside itself does not change while its deliberation runs; so one is read when it is met first, and again behind the
// event of its end.
Async<std::vector<EventToPublish>> PublishEvents::with_deliberations(std::vector<StoredEvent> events) {
  std::size_t bytes = 0;
  std::vector<EventToPublish> all;
  all.reserve(events.size());
  for (StoredEvent& event : events) {
    auto known = known_.find(event.deliberation);
    if (known == known_.end() || (event.event.kind >= EventKind::scores && !known->second->end)) {
      if (bytes >= deliberation_bytes_max) break;  // the next round goes on
      auto found = co_await ports_.deliberations.get(event.deliberation);
      if (!found && found.error().code == ErrorCode::not_found) continue;  // it was removed, and its events with it
      if (!found) co_return pass_on(found);
      bytes += bytes_of(*found);
      known = known_.insert_or_assign(event.deliberation, std::make_shared<const Deliberation>(std::move(*found))).first;
    }
    all.push_back({.event = std::move(event), .deliberation = known->second});
  }
  known_bytes_ += bytes;
  // Of what has ended no more is told.
  std::erase_if(known_, [](const auto& one) { return one.second->end.has_value(); });
  if (known_.empty() || known_bytes_ >= deliberation_bytes_max) {
    known_.clear();
    known_bytes_ = 0;
  }
  co_return all;
}

void PublishEvents::stop_for_now(const Error& why) {
  state_.is_connected = false;
  state_.reason = why.message;
  const auto most = std::min(backoff_max, backoff_first * (1 << std::min(failures_, doublings_max)));
  ++failures_;
  const auto pause = std::chrono::floor<std::chrono::milliseconds>(ports_.random.dice() * std::chrono::duration<double>(most));
  next_try_ = ports_.clock.steady_now() + pause;
  if (std::exchange(told_, Told::waits) != Told::waits)
    ports_.log.warn("events wait, as they cannot be published", {{"reason", why.message}});
}

void PublishEvents::go_on() {
  failures_ = 0;
  state_.reason.clear();
  if (std::exchange(told_, Told::is_published) != Told::is_published) ports_.log.info("events are published");
}

}  // namespace orc
