#include "adapters/openai/straggler_watch.h"

#include <algorithm>

namespace orc {

void StragglerWatch::began_after(std::chrono::milliseconds time) { latest_[count_++ % latest_.size()] = time; }

std::optional<std::chrono::milliseconds> StragglerWatch::late_after() const {
  if (count_ < samples_min) return {};
  auto sorted = latest_;
  const std::size_t known = std::min(count_, sorted.size());
  const auto place = sorted.begin() + static_cast<std::ptrdiff_t>(known * 19 / 20);
  std::nth_element(sorted.begin(), place, sorted.begin() + static_cast<std::ptrdiff_t>(known));
  return std::max(late_min, *place + *place / 2);
}

}  // namespace orc
