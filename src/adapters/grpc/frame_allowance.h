#pragma once

#include <algorithm>
#include <cstdint>

#include "domain/time.h"

namespace orc {

// FrameAllowance bounds how many frames that bring no work a connection may send: a bucket that time and work fill again. Not thread-safe.
class FrameAllowance {
 public:
  FrameAllowance(std::uint32_t frames_max, std::uint32_t per_second)
      : frames_max_(frames_max), per_second_(per_second), left_(frames_max) {}

  // One frame came, or `count`. `now` never goes back.
  void take(std::uint32_t count, SteadyTime now) {
    if (left_ < count) refill(now);
    left_ -= std::min<std::int64_t>(left_ + 1, count);
  }
  // Work that is worth so many frames was done.
  void give(std::uint32_t count) { left_ = std::min<std::int64_t>(frames_max_, left_ + count); }

  // More was taken than there was.
  [[nodiscard]] bool is_exceeded() const { return left_ < 0; }

 private:
  void refill(SteadyTime now) {
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - filled_);
    const std::int64_t gained = std::min<std::int64_t>(passed.count(), 3'600'000) * per_second_ / 1'000;
    if (gained == 0) return;  // too short a time yet, which goes on counting
    filled_ = now;
    left_ = std::min<std::int64_t>(frames_max_, left_ + gained);
  }

  const std::int64_t frames_max_;
  const std::int64_t per_second_;
  std::int64_t left_;
  SteadyTime filled_ = std::chrono::steady_clock::now();
};

}  // namespace orc
