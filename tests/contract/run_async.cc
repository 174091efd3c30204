#include "tests/contract/run_async.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <list>
#include <mutex>

namespace orc {

boost::asio::io_context& loop_of_this_thread() {
  static std::mutex mutex;
  static std::list<boost::asio::io_context> loops;  // guarded by mutex
  thread_local boost::asio::io_context* const mine = [] {
    const std::lock_guard lock(mutex);
    return &loops.emplace_back();
  }();
  return *mine;
}

void run_tasks(std::vector<boost::asio::awaitable<void>> coroutines) {
  boost::asio::io_context& io = loop_of_this_thread();
  io.restart();
  const auto work = boost::asio::make_work_guard(io);
  std::exception_ptr thrown;
  std::size_t pending = coroutines.size();
  for (auto& coroutine : coroutines) {
    boost::asio::co_spawn(io, std::move(coroutine), [&](const std::exception_ptr& error) {
      --pending;
      if (error) thrown = error;
    });
  }
  const auto deadline = std::chrono::steady_clock::now() + run_async_max;
  while (pending > 0) {
    if (io.run_one_until(deadline) == 0) {
      std::fputs("run_async: a coroutine did not finish in time\n", stderr);
      std::abort();
    }
  }
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace orc
