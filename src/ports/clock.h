#pragma once

#include "domain/time.h"

namespace orc {

// Clock is the only source of time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() = 0;          // for people; may jump
  virtual SteadyTime steady_now() = 0;  // for durations and leases; never goes back
};

}  // namespace orc
