#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace orc {

// Calls `work` on `executor`, and resumes where it was awaited with what it returned. For work that blocks, on a thread that may.
template <typename Work>
boost::asio::awaitable<std::invoke_result_t<Work&>> call_on(boost::asio::any_io_executor executor, Work work) {
  using Value = std::invoke_result_t<Work&>;
  auto call = [](Work task) -> boost::asio::awaitable<Value> { co_return task(); };
  co_return co_await boost::asio::co_spawn(executor, call(std::move(work)), boost::asio::use_awaitable);
}

}  // namespace orc
