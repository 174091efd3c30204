#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

namespace orc {

// Runs a coroutine on the io_context, whose thread is another one and must be running, and blocks until it has ended.
template <typename T>
T run_blocking(boost::asio::io_context& io, boost::asio::awaitable<T> task) {
  return boost::asio::co_spawn(io, std::move(task), boost::asio::use_future).get();
}

}  // namespace orc
