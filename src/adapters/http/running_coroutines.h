#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>

namespace orc {

// RunningCoroutines is what a server has going on its I/O loop, so that whoever stops it can wait for the end of all.
class RunningCoroutines {
 public:
  // The loop outlives it.
  explicit RunningCoroutines(boost::asio::io_context& io) : io_(io) {}

  // `owner`, which owns this, lives until the coroutine has ended. An exception that leaves the coroutine is a fault of ours and leaves
  // io_context::run(). It has a StorePatience of its own. From any thread.
  void launch(boost::asio::awaitable<void> coroutine, std::shared_ptr<void> owner);

  // Blocks until none runs, or the time comes; true if none runs. Not on the I/O thread.
  bool have_ended_by(std::chrono::steady_clock::time_point deadline);

 private:
  void ended(const std::exception_ptr& failure);

  boost::asio::io_context& io_;
  std::mutex mutex_;
  std::condition_variable none_runs_;
  std::size_t running_ = 0;  // guarded by mutex_
};

}  // namespace orc
