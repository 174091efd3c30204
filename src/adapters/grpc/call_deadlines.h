#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <optional>

#include "domain/time.h"

namespace orc {

// CallDeadlines calls whom it was told to when their time has come: one timer for all calls. I/O thread only.
class CallDeadlines {
 public:
  using Expire = std::function<void()>;
  using Place = std::multimap<SteadyTime, Expire>::iterator;

  explicit CallDeadlines(const boost::asio::any_io_executor& executor) : timer_(executor) {}
  CallDeadlines(const CallDeadlines&) = delete;
  CallDeadlines& operator=(const CallDeadlines&) = delete;

  // `expire` is called once, at `deadline` or after it, unless remove() comes first.
  Place add(SteadyTime deadline, Expire expire);
  // Precondition: not expired and not removed yet.
  void remove(Place place) { waiting_.erase(place); }

  // Precondition: nobody is waiting, and nobody comes any more.
  void stop() { timer_.cancel(); }

 private:
  void arm();
  void expire_due();

  boost::asio::steady_timer timer_;
  std::multimap<SteadyTime, Expire> waiting_;
  std::optional<SteadyTime> armed_for_;
};

}  // namespace orc
