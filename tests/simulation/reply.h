#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "tests/simulation/simulated_process.h"

namespace orc::simulation {

// Reply is an answer on its way to one coroutine of a process, which may be gone when it comes.
template <typename T>
class Reply {
 public:
  explicit Reply(SimulatedProcess& asker) : asker_(asker), has_come_(asker.make()) {}

  // The first one counts. From anywhere in the simulated world.
  void come(T answer) {
    if (answer_) return;
    answer_ = std::move(answer);
    has_come_->wake();
  }

  // Nothing, if it has not come by `until`. Once, by the asker.
  boost::asio::awaitable<std::optional<T>> wait(SteadyTime until) {
    while (!answer_ && asker_.steady_now() < until) co_await has_come_->wait(until);
    co_return std::move(answer_);
  }

 private:
  SimulatedProcess& asker_;
  const std::unique_ptr<WakeUp> has_come_;
  std::optional<T> answer_;
};

}  // namespace orc::simulation
