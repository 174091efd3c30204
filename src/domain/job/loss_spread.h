#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace orc {

// Jobs that lose the same worker again come back one by one: nobody knows which of them was the cause, and together they would go to the
// next worker together, and all be taken for the cause in the end (docs/decisions/lost_workers.md). Three waits lie between two of them, up
// to six seconds: of the runs after a silence it is the last one, which decides, that is farthest from that of the cause. `wait`: as
// judge_loss() says; `place`: how many came back from this worker before. So many are kept apart at most; a wait of nothing, after a first
// loss, stays so.
inline constexpr std::size_t lost_together_max = 16;

constexpr std::chrono::milliseconds apart(std::chrono::milliseconds wait, std::size_t place) {
  constexpr std::chrono::milliseconds step_max{6'000};
  return wait + std::min(3 * wait, step_max) * static_cast<int>(place % lost_together_max);
}

}  // namespace orc
