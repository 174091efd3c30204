#pragma once

#include "ports/clock.h"

namespace orc {

// SystemClock reads this host's clocks. Thread-safe.
class SystemClock final : public Clock {
 public:
  Timestamp now() override { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }
  SteadyTime steady_now() override { return std::chrono::steady_clock::now(); }
};

}  // namespace orc
