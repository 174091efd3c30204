#pragma once

#include <chrono>
#include <optional>
#include <vector>

namespace orc {

// When a failed attempt is tried again. Contract section 3: three retries, after 1, 2 and 4 seconds.
struct RetryPolicy {
  int attempts_max = 4;  // 1..100, the first run included
  std::vector<std::chrono::milliseconds> backoff = {std::chrono::seconds{1}, std::chrono::seconds{2}, std::chrono::seconds{4}};

  // Jitter spreads retries that failed together; a fifth either way keeps the contract's figures recognisable.
  static constexpr double jitter_share = 0.2;

  // How long to wait after attempt number `attempt` (from 1) failed, or nothing if that was the last one.
  // `dice` is uniform in [0, 1). The last backoff repeats when there are more attempts than backoffs.
  std::optional<std::chrono::milliseconds> wait_after(int attempt, double dice) const;

  bool operator==(const RetryPolicy&) const = default;
};

}  // namespace orc
