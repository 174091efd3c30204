#pragma once

#include <atomic>
#include <chrono>

#include "ports/clock.h"

namespace orc {

// FakeClock stands still until a test moves it. Thread-safe.
class FakeClock final : public Clock {
 public:
  // Some morning, at a whole second, so that times in failures are easy to read.
  static constexpr Timestamp start{std::chrono::sys_days{std::chrono::year{2024} / 5 / 1} + std::chrono::hours{8}};

  Timestamp now() override { return start + passed_.load() + jumped_.load(); }
  SteadyTime steady_now() override { return SteadyTime{std::chrono::hours{1}} + passed_.load(); }

  void advance(std::chrono::milliseconds by) { passed_ = passed_.load() + by; }

  // Somebody sets the wall clock; the steady one does not care.
  void jump_wall_clock(std::chrono::milliseconds by) { jumped_ = jumped_.load() + by; }

 private:
  std::atomic<std::chrono::milliseconds> passed_{std::chrono::milliseconds{0}};
  std::atomic<std::chrono::milliseconds> jumped_{std::chrono::milliseconds{0}};
};

}  // namespace orc
