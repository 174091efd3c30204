#pragma once

#include <chrono>

namespace orc {

// A retry waits by the wall clock. One whose wait began later than now, by more than this, shows that the clock was set back: its wait
// begins anew at the next claim, in every JobStore (docs/decisions/clock_jumps.md).
inline constexpr std::chrono::seconds wait_skew_max{1};

}  // namespace orc
