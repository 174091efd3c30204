#include "app/duty_loop.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace orc {

void DutyLoop::start(Duty& duty) {
  timers_.emplace_back(io_);
  boost::asio::co_spawn(io_, run(duty, timers_.back()), boost::asio::detached);
}

boost::asio::awaitable<void> DutyLoop::run(Duty& duty, boost::asio::steady_timer& timer) {
  while (!stopping_) {
    if (const auto done = co_await duty.run_once(); !done)
      log_.warn("a background chore failed and will be tried again", {{"duty", duty.name()}, {"reason", done.error().message}});
    if (stopping_) co_return;
    timer.expires_after(duty.interval());
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));  // cut short by request_stop()
  }
}

void DutyLoop::request_stop() {
  stopping_ = true;
  for (auto& timer : timers_) timer.cancel();
}

}  // namespace orc
