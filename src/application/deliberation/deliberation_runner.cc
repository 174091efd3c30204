#include "application/deliberation/deliberation_runner.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "domain/assert.h"

namespace orc {
namespace {

// A submission is told; this finds those of a process before, of another process, and those for which there was no room.
constexpr std::chrono::seconds look_around_after{2};
constexpr int page = 100;

}  // namespace

DeliberationRunner::DeliberationRunner(boost::asio::any_io_executor executor, DeliberationPorts ports, Limits limits)
    : executor_(std::move(executor)),
      ports_(ports),
      limits_(limits),
      slots_(limits.calls_max),
      look_(ports.wake_ups.make()),
      run_has_ended_(ports.wake_ups.make()) {}

void DeliberationRunner::start() {
  ORC_ASSERT(!is_looking_);
  is_looking_ = true;
  boost::asio::co_spawn(executor_, look_around(), boost::asio::detached);
}

void DeliberationRunner::submitted(std::string_view id) {
  if (is_stopping_ || !is_looking_ || taken_.size() >= limits_.deliberations_max) return;
  if (!taken_.emplace(id).second) return;
  boost::asio::co_spawn(executor_, run_one(std::string(id)), boost::asio::detached);
}

void DeliberationRunner::ended(std::string_view id) {
  if (const auto run = runs_.find(id); run != runs_.end()) run->second->leave();
}

boost::asio::awaitable<void> DeliberationRunner::look_around() {
  while (!is_stopping_) {
    std::string last;
    for (bool is_more = true; is_more && !is_stopping_ && taken_.size() < limits_.deliberations_max;) {
      auto found = co_await ports_.store.running(last, page);
      if (!found) {
        ports_.log.warn("deliberations could not be read", {{"reason", found.error().message}});
        break;
      }
      is_more = found->size() == page;
      for (const Deliberation& one : *found) {
        submitted(one.id);
        last = one.id;
      }
    }
    if (!is_stopping_) co_await look_->wait(ports_.clock.steady_now() + look_around_after);
  }
  is_looking_ = false;
  run_has_ended_->wake();
}

boost::asio::awaitable<void> DeliberationRunner::run_one(std::string id) {
  auto deliberation = co_await ports_.store.get(id);
  auto record = co_await ports_.store.calls(id);
  if (!deliberation || !record) {
    // The next look around tries again.
    ports_.log.warn("deliberation could not be read",
                    {{"deliberation_id", id}, {"reason", deliberation ? record.error().message : deliberation.error().message}});
  } else if (!deliberation->end && !is_stopping_) {
    DeliberationRun run(executor_, ports_, slots_, std::move(*deliberation), std::move(*record));
    runs_.emplace(id, &run);
    co_await run.run();
    runs_.erase(id);
  }
  taken_.erase(id);
  if (taken_.size() + 1 == limits_.deliberations_max) look_->wake();  // there is room again
  run_has_ended_->wake();
}

void DeliberationRunner::request_stop() {
  is_stopping_ = true;
  look_->wake();
}

boost::asio::awaitable<void> DeliberationRunner::wait() {
  request_stop();
  for (const auto& [id, run] : runs_) run->leave();
  while (is_looking_ || !taken_.empty()) co_await run_has_ended_->wait(ports_.clock.steady_now() + look_around_after);
}

}  // namespace orc
