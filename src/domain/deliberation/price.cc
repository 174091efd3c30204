#include "domain/deliberation/price.h"

#include <algorithm>

namespace orc {

std::int64_t cost_of(const Price& price, const TokenUsage& usage) {
  const std::int64_t cached = std::min(usage.cached, usage.in);
  // In wider numbers: a price and a count may both be large.
  const auto millionths = static_cast<__int128>(usage.in - cached) * price.in + static_cast<__int128>(cached) * price.cached +
                          static_cast<__int128>(usage.out) * price.out;
  return static_cast<std::int64_t>((millionths + 999'999) / 1'000'000);
}

Price price_of(const DeliberationPlan& plan, const std::string& model) {
  const auto known = plan->prices.find(model);
  return known == plan->prices.end() ? Price{} : known->second;
}

}  // namespace orc
