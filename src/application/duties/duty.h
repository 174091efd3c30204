#pragma once

#include <chrono>
#include <string_view>

#include "ports/async.h"

namespace orc {

// Duty is a background chore. app/duty_loop runs each again and again; a test calls run_once() itself.
class Duty {
 public:
  virtual ~Duty() = default;

  virtual std::string_view name() const = 0;
  virtual std::chrono::milliseconds interval() const = 0;  // from the end of one run to the start of the next

  // One round, in bounded steps. An error is logged by the caller and tried again after the interval.
  virtual Async<void> run_once() = 0;
};

}  // namespace orc
