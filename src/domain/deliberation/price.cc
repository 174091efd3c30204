#include "domain/deliberation/price.h"

#include <algorithm>

namespace orc {

std::int64_t cost_of(const Price& price, const TokenUsage& usage) {
  const std::int64_t cached = std::min(usage.cached, usage.in);
  // In wider numbers: a price and a count may both be large.
  const auto millionths = static_cast<__int128>(usage.in - cached) * price.in + static_cast<__int128>(cached) * price.cached +
                          static_cast<__int128>(usage.out) * price.out;
  const __int128 cost = millionths / 1'000'000 + (millionths % 1'000'000 > 0 ? 1 : 0);
  return static_cast<std::int64_t>(std::min<__int128>(cost, cost_micros_max));
}

std::int64_t cost_at_most(const Price& price, const TokenUsage& usage) {
  return cost_of({.in = std::max(price.in, price.cached), .out = price.out, .cached = 0}, {.in = usage.in, .out = usage.out});
}

Price price_of(const DeliberationPlan& plan, const std::string& model) {
  const auto known = plan->prices.find(model);
  return known == plan->prices.end() ? Price{} : known->second;
}

}  // namespace orc
