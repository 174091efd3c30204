#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace orc {

// UsageMeter tells what a tree of processes has used so far, at the cost of a system call or two: it is asked before and after each request
// to a process that stays up.
class UsageMeter {
 public:
  virtual ~UsageMeter() = default;

  // Processor time since some moment in the past, which stays the same; empty if nobody counts it here.
  virtual std::optional<std::chrono::milliseconds> cpu_time() const = 0;

  // The most memory that was in use at once since forget_peak(); empty if nobody counts it here.
  virtual std::optional<std::int64_t> peak_bytes() const = 0;
  virtual void forget_peak() = 0;
};

}  // namespace orc
