#pragma once

#include <atomic>
#include <chrono>

#include "ports/clock.h"

namespace orc {

// CacheTrust says how old what was read may be before it has to be read again. Alone on a store a process hears of every change, since it
// makes them all: what it read is good for ever. Where others change the same store it is good as long as they are known to be heard; while
// they are not, for `unsure_max`. Thread-safe.
class CacheTrust {
 public:
  // A change elsewhere that was not told is not seen for at most so long.
  static constexpr std::chrono::seconds unsure_max{1};
  // For so long after the others were heard it is taken for granted that they still are.
  static constexpr std::chrono::milliseconds heard_for{1500};

  // Nobody else changes the store.
  CacheTrust() = default;
  // Others do, if there is a clock. It must outlive this.
  explicit CacheTrust(Clock* clock) : clock_(clock) {}
  CacheTrust(const CacheTrust&) = delete;
  CacheTrust& operator=(const CacheTrust&) = delete;

  // Everything that others changed before `at` has been told, and what they change afterwards is being told.
  void hear(SteadyTime at) { heard_at_.store(at.time_since_epoch().count()); }

  // From now on nobody is heard.
  void doubt() { heard_at_.store(long_ago); }

  // The time for a read that begins now.
  SteadyTime now() const { return clock_ ? clock_->steady_now() : SteadyTime{}; }

  // What was read before this is not good any more.
  SteadyTime good_since() const {
    if (!clock_) return SteadyTime::min();
    const SteadyTime now = clock_->steady_now();
    const SteadyTime heard_at{SteadyTime::duration{heard_at_.load()}};
    return now - heard_at <= heard_for ? SteadyTime::min() : now - unsure_max;
  }

 private:
  // But not so long that a difference would overflow.
  static constexpr SteadyTime::rep long_ago = -std::chrono::duration_cast<SteadyTime::duration>(std::chrono::years{1}).count();

  Clock* const clock_ = nullptr;
  std::atomic<SteadyTime::rep> heard_at_{long_ago};
};

}  // namespace orc
