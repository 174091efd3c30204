#pragma once

#include "domain/deliberation/deliberation_plan.h"
#include "domain/deliberation/model_call.h"

namespace orc {

// What the tokens cost, in millionths of the currency, rounded up: a call that costs anything never costs nothing.
std::int64_t cost_of(const Price& price, const TokenUsage& usage);

// The price of `model`; one that the plan does not name costs nothing.
Price price_of(const DeliberationPlan& plan, const std::string& model);

}  // namespace orc
