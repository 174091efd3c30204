#pragma once

#include <string>
#include <string_view>

#include "ports/async.h"

namespace orc {

// ReadinessProbe says whether one thing that the service depends on can be used now. Thread-safe; answers within a second.
class ReadinessProbe {
 public:
  virtual ~ReadinessProbe() = default;

  virtual std::string_view name() const = 0;

  // A sentence about the state, or the error that says what is wrong.
  virtual Async<std::string> check() = 0;
};

}  // namespace orc
