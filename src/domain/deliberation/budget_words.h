#pragma once

#include <optional>
#include <string>

#include "domain/deliberation/deliberation_plan.h"
#include "domain/deliberation/deliberation_request.h"
#include "domain/deliberation/spending_room.h"
#include "domain/field_fault.h"

namespace orc {

// What of the plan's budget could never be enough for the quorum of its first stage, where the deliberation fails without it: fewer calls,
// or less than is set aside for one of them, which is never made then. Nothing, if it could be enough.
std::optional<FieldFault> shortage_of_budget(const DeliberationPlan& plan, const DeliberationRequest& request);

// The same of one that runs and has spent so much: "calls is 2", "of tokens (5000) 1200 are left, and one more call may use …".
// Precondition: there is no room for a call that may use `most` and cost so much.
std::string words_of_lack(const Budget& budget, const Spending& spent, const TokenUsage& most, std::int64_t cost_micros);

}  // namespace orc
