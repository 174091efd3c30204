#pragma once

#include <array>
#include <cstdint>
#include <mutex>

#include "adapters/warm_pool/warm_schedule.h"

namespace orc {

// What the warm processes of a worker are doing, and what they have done since it started.
struct WarmFigures {
  WarmSchedule::Counts now;
  std::int64_t starts = 0;
  std::array<std::int64_t, warm_end_count> ends{};  // by WarmEnd
};

// For any thread.
class SharedWarmFigures {
 public:
  WarmFigures read() const {
    const std::lock_guard lock(mutex_);
    return figures_;
  }
  void set_now(const WarmSchedule::Counts& now) {
    const std::lock_guard lock(mutex_);
    figures_.now = now;
  }
  void count_start() {
    const std::lock_guard lock(mutex_);
    ++figures_.starts;
  }
  void count_end(WarmEnd reason) {
    const std::lock_guard lock(mutex_);
    ++figures_.ends.at(static_cast<std::size_t>(reason));
  }

 private:
  mutable std::mutex mutex_;
  WarmFigures figures_;
};

}  // namespace orc
