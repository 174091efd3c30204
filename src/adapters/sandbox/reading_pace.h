#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "domain/time.h"

namespace orc {

// ReadingPace keeps what a run says, and nobody keeps, from taking more than a part of the thread that all runs share: whoever reads it
// pauses, and the pipe holds the run back. Not thread-safe.
class ReadingPace {
 public:
  static constexpr int share = 40;  // of the thread, a fortieth
  static constexpr std::chrono::milliseconds at_once_max{20};
  static constexpr std::chrono::milliseconds pause_max{250};

  // For how long to read nothing, when what was read has been dealt with from `began` to `ended`; zero: not at all.
  std::chrono::milliseconds after(SteadyTime began, SteadyTime ended);

 private:
  std::chrono::nanoseconds left_ = at_once_max;  // of the thread's time; below zero: taken in advance
  SteadyTime counted_until_{};
};

boost::asio::awaitable<void> rest_for(std::chrono::milliseconds time);

}  // namespace orc
