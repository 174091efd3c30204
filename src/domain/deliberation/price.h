#pragma once

#include "domain/deliberation/deliberation_plan.h"
#include "domain/deliberation/model_call.h"

namespace orc {

inline constexpr std::int64_t cost_micros_max = 100'000'000'000'000;  // of one call, so that those of all calls can be added

// What the tokens cost, in millionths of the currency, rounded up: a call that costs anything never costs nothing. At most cost_micros_max.
std::int64_t cost_of(const Price& price, const TokenUsage& usage);

// The most that so many tokens cost, however many of them the server had already.
std::int64_t cost_at_most(const Price& price, const TokenUsage& usage);

// The price of `model`; one that the plan does not name costs nothing.
Price price_of(const DeliberationPlan& plan, const std::string& model);

}  // namespace orc
