#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/deliberation/deliberation_plan.h"
#include "domain/deliberation/deliberation_request.h"

namespace orc {

// independent: each agent answers; scored by agreement (contract section 6).
// vote: each agent answers `samples` times; the answer with most votes wins, and the calls still running end once its lead is safe.
// best_of_n: each agent answers `samples` times; the plugin `verifier` scores each answer.
// cascade: the agents but the `strong` ones answer; these are asked only if the others agree less than `agreement_min`.
inline constexpr std::array<std::string_view, 4> preset_names = {"independent", "vote", "best_of_n", "cascade"};

struct PresetOptions {
  std::uint32_t samples = 1;
  VoteRule rule = VoteRule::plurality;  // vote
  std::optional<double> confidence;     // vote: stops at this probability (lead_posterior) instead of when the lead is safe
  std::string verifier;                 // best_of_n
  std::vector<std::string> cheap;       // cascade: agents by id
  std::vector<std::string> strong;      // cascade
  double agreement_min = 1;             // cascade
  std::size_t quorum = 1;               // of the first stage
};

// The stages that a preset stands for. Errors: invalid_argument, with the names that there are, or naming the option that is missing.
Result<std::vector<Stage>> preset_stages(std::string_view name, const PresetOptions& options);

// The same with everything else as it is by default.
Result<DeliberationPlan> preset_plan(std::string_view name, const PresetOptions& options);

// What makes a sound plan impossible for this request: an agent that it does not have, too many calls, a quorum of more calls than a stage
// makes. Empty if it fits.
std::vector<FieldFault> misfits(const DeliberationPlan& plan, const DeliberationRequest& request);

}  // namespace orc
