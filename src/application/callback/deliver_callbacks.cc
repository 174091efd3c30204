#include "application/callback/deliver_callbacks.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <optional>

namespace orc {

Async<void> DeliverCallbacks::run_once() {
  for (const std::string& origin : origins_.list()) {
    const int room = in_flight_max - in_flight_[origin];
    if (room == 0 || stopping_) continue;
    auto due = co_await ports_.store.claim(origin, room);
    if (!due) co_return pass_on(due);
    if (std::ssize(*due) == room) backlog_.insert(origin);
    for (DueCallback& one : *due) {
      ++in_flight_[origin];
      boost::asio::co_spawn(executor_, deliver(origin, std::move(one)), boost::asio::detached);
    }
  }
  co_return Result<void>{};
}

boost::asio::awaitable<void> DeliverCallbacks::deliver(std::string origin, DueCallback first) {
  std::optional<DueCallback> next = std::move(first);
  while (next && !stopping_) {
    co_await try_once(*next);
    next.reset();
    if (stopping_ || !backlog_.contains(origin)) continue;
    auto more = co_await ports_.store.claim(origin, 1);
    if (more && !more->empty())
      next = std::move(more->front());
    else
      backlog_.erase(origin);
  }
  --in_flight_[origin];
  try_has_ended_->wake();
}

boost::asio::awaitable<void> DeliverCallbacks::try_once(const DueCallback& callback) {
  CallbackAnswer answer = co_await ports_.sender.send(callback);
  CallbackTry tried = judge_callback(callback.id, callback.number, std::move(answer), ports_.random.dice());
  if (tried.state != CallbackState::delivered)
    ports_.log.warn("a callback was not taken", {{"job_id", std::to_underlying(callback.job)},
                                                 {"try", std::int64_t{tried.number}},
                                                 {"state", to_word(tried.state)},
                                                 {"reason", tried.answer.reason}});
  const auto recorded = co_await ports_.store.record(std::move(tried));
  // The lease brings it back: the receiver then hears of this end again, under the same name.
  if (!recorded)
    ports_.log.warn("the end of a callback could not be noted",
                    {{"job_id", std::to_underlying(callback.job)}, {"reason", recorded.error().message}});
}

boost::asio::awaitable<void> DeliverCallbacks::wait(SteadyTime deadline) {
  while (in_flight() > 0 && ports_.clock.steady_now() < deadline) co_await try_has_ended_->wait(deadline);
}

int DeliverCallbacks::in_flight() const {
  int all = 0;
  for (const auto& [origin, count] : in_flight_) all += count;
  return all;
}

}  // namespace orc
