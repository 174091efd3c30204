#include "application/turns.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace orc {

boost::asio::awaitable<void> Turns::spend(std::size_t bytes) {
  spent_ += bytes;
  if (spent_ < bytes_max) co_return;
  spent_ = 0;
  co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
}

}  // namespace orc
