#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "ports/async.h"

namespace orc {

inline constexpr std::chrono::seconds hang_up_max{2};

// DeliberationSignals tells whoever runs deliberations what has changed in the store. Hints: whoever misses one finds out later.
// On the thread of the executor.
class DeliberationSignals {
 public:
  virtual ~DeliberationSignals() = default;
  virtual void submitted(std::string_view id) = 0;
  virtual void ended(std::string_view id) = 0;  // by somebody else: a cancel

  // Somebody cancels it: who runs it here hangs up on its calls, records them and ends it. Resumes when that is done, at once if nobody
  // runs it here, and in any case after hang_up_max: so whoever asks looks into the store.
  virtual boost::asio::awaitable<void> hang_up(std::string id) = 0;
};

}  // namespace orc
