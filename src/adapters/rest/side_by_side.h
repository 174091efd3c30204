#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstddef>
#include <exception>
#include <utility>
#include <vector>

#include "ports/wake_up.h"

namespace orc {

// Runs the coroutines at once on the caller's executor, which runs one at a time, and gives what they gave, in their order. For stores
// that commit together what waits together. T needs a default.
template <typename T>
boost::asio::awaitable<std::vector<T>> side_by_side(std::vector<boost::asio::awaitable<T>> works, WakeUps& wake_ups) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto all_ended = wake_ups.make();
  std::vector<T> answers(works.size());
  std::size_t left = works.size();
  std::exception_ptr thrown;
  for (std::size_t i = 0; i < works.size(); ++i) {
    boost::asio::co_spawn(executor, std::move(works[i]), [&, i](const std::exception_ptr& failure, T answer) {
      if (failure) thrown = failure;
      answers[i] = std::move(answer);
      if (--left == 0) all_ended->wake();
    });
  }
  const auto all_have_ended = [&left] { return left == 0; };
  while (!all_have_ended()) co_await all_ended->wait(SteadyTime::max());
  if (thrown) std::rethrow_exception(thrown);
  co_return answers;
}

}  // namespace orc
