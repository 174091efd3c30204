#include "adapters/rest/rate_limiter.h"

#include <algorithm>

namespace orc {

namespace {

// Nobody is sent away for longer; keeps sums far from overflow.
constexpr std::chrono::hours debt_max{1};

}  // namespace

std::optional<std::chrono::seconds> RateLimiter::wait_of(std::string_view key) const {
  if (!rate_) return std::nullopt;
  const auto known = free_at_.find(std::string(key.substr(0, key_length_max)));
  if (known == free_at_.end()) return std::nullopt;
  const auto may_go_at = known->second - (rate_->period - interval());
  const auto now = clock_.steady_now();
  if (may_go_at <= now) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(may_go_at - now);
}

void RateLimiter::spend(std::string_view key, std::int64_t count) {
  if (!rate_) return;
  const auto now = clock_.steady_now();
  std::string name(key.substr(0, key_length_max));
  auto known = free_at_.find(name);
  if (known == free_at_.end()) {
    make_room();
    known = free_at_.emplace(std::move(name), now).first;
  }
  known->second = std::min(std::max(known->second, now) + interval() * count, now + debt_max);
}

void RateLimiter::give_back(std::string_view key, std::int64_t count) {
  if (!rate_) return;
  const auto known = free_at_.find(std::string(key.substr(0, key_length_max)));
  if (known == free_at_.end()) return;  // forgotten meanwhile
  known->second -= interval() * count;
  if (known->second <= clock_.steady_now()) free_at_.erase(known);
}

void RateLimiter::make_room() {
  if (free_at_.size() < keys_max) return;
  const auto now = clock_.steady_now();
  std::erase_if(free_at_, [now](const auto& entry) { return entry.second <= now; });
  if (free_at_.size() < keys_max) return;
  free_at_.erase(std::ranges::min_element(free_at_, {}, [](const auto& entry) { return entry.second; }));
}

}  // namespace orc
