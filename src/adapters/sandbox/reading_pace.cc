#include "adapters/sandbox/reading_pace.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace orc {

std::chrono::milliseconds ReadingPace::after(SteadyTime began, SteadyTime ended) {
  constexpr std::chrono::nanoseconds most = at_once_max, owed_max = std::chrono::nanoseconds(pause_max) / share;
  left_ = std::min(most, left_ + (began - counted_until_) / share);
  // A thread that was kept from running meanwhile is nobody's fault.
  left_ = std::max(-owed_max, left_ - (ended - began));
  counted_until_ = ended;
  return left_.count() < 0 ? std::chrono::ceil<std::chrono::milliseconds>(-left_ * share) : std::chrono::milliseconds{0};
}

boost::asio::awaitable<void> rest_for(std::chrono::milliseconds time) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace orc
