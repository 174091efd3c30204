#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>

#include "application/duties/duty.h"
#include "ports/event_log.h"

namespace orc {

// DutyLoop runs background chores again and again, each by itself, until it is stopped. All methods on the io_context's thread.
class DutyLoop {
 public:
  DutyLoop(boost::asio::io_context& io, EventLog& log) : io_(io), log_(log) {}

  DutyLoop(const DutyLoop&) = delete;
  DutyLoop& operator=(const DutyLoop&) = delete;

  // `duty` must live until the io_context has run dry. Its first round starts at once.
  void start(Duty& duty);

  // No round starts any more; one in progress ends by itself. Safe twice.
  void request_stop();

 private:
  boost::asio::awaitable<void> run(Duty& duty, boost::asio::steady_timer& timer);

  boost::asio::io_context& io_;
  EventLog& log_;
  std::list<boost::asio::steady_timer> timers_;  // one for each duty, as stable as the coroutine that waits on it
  bool stopping_ = false;
};

}  // namespace orc
