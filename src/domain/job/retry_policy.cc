#include "domain/job/retry_policy.h"

#include <algorithm>

namespace orc {

std::optional<std::chrono::milliseconds> RetryPolicy::wait_after(int attempt, double dice) const {
  if (attempt >= attempts_max || backoff.empty()) return {};
  const auto index = std::min(static_cast<std::size_t>(std::max(attempt, 1) - 1), backoff.size() - 1);
  const double factor = 1.0 + jitter_share * (2.0 * dice - 1.0);
  return std::chrono::duration_cast<std::chrono::milliseconds>(backoff[index] * factor);
}

}  // namespace orc
