#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <ratio>

#include "domain/time.h"

namespace orc {

// TickWheel wakes many who wait for moments of their own with one timer: all whose moment lies in the same five milliseconds are woken
// together, so that ten thousand streams cost two hundred wake-ups a second. Nothing ticks while nobody rests. On the executor's one
// thread; outlives the executor's last use of it.
class TickWheel {
 public:
  using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 200>>;

  // One who may rest, once at a time. Not moved, and not destroyed while it rests.
  class Rest : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   private:
    friend class TickWheel;
    std::move_only_function<void()> resume_;
    std::int64_t tick_ = 0;  // while it rests
  };

  explicit TickWheel(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  // Returns at the end of the tick in which `until` lies, or after wake().
  boost::asio::awaitable<void> rest(Rest& rest, SteadyTime until);
  // Ends a rest soon; nothing if there is none.
  void wake(Rest& rest);
  // Likewise, everybody's.
  void wake_all();

 private:
  using Resting = boost::intrusive::list<Rest, boost::intrusive::constant_time_size<false>>;

  void add(Rest& rest, SteadyTime until);
  void arm();
  void ring();

  boost::asio::steady_timer timer_;
  std::map<std::int64_t, Resting> ticks_;  // by number, since the clock's beginning
  std::int64_t armed_for_ = 0;             // 0: not armed
  std::int64_t last_rung_ = 0;
};

}  // namespace orc
