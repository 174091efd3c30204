#pragma once

#include <string_view>

namespace orc {

// DeliberationSignals tells whoever runs deliberations what has changed in the store. Hints: whoever misses one finds out later.
// On the thread of the executor.
class DeliberationSignals {
 public:
  virtual ~DeliberationSignals() = default;
  virtual void submitted(std::string_view id) = 0;
  virtual void ended(std::string_view id) = 0;  // by somebody else: a cancel
};

}  // namespace orc
