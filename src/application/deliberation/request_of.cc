#include "application/deliberation/request_of.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace orc {
namespace {

constexpr std::int64_t timeout_default = 300;
constexpr std::int64_t retries_default = 3;

ConstraintFields fields_of(ConstraintsInput input) {
  const std::int64_t timeout = input.timeout_seconds == 0 ? timeout_default : input.timeout_seconds;
  const std::int64_t retries = input.max_retries == 0 ? retries_default : input.max_retries;
  return {
      .story_id = std::move(input.story_id),
      .plan_id = std::move(input.plan_id),
      .timeout = std::chrono::seconds{timeout},
      .max_retries = static_cast<int>(std::clamp<std::int64_t>(retries, std::numeric_limits<int>::min(), std::numeric_limits<int>::max())),
      .metadata = std::move(input.metadata)};
}

AgentFields fields_of(AgentInput input) {
  auto own = input.prompt_template.empty() ? std::nullopt : std::optional(std::move(input.prompt_template));
  return {
      .agent_id = std::move(input.id), .role = std::move(input.role), .model = std::move(input.model), .prompt_template = std::move(own)};
}

// The faults of a part at its place in the whole. An agent's id has a name of its own in the input.
void gather(std::vector<FieldFault>& all, const FieldPlace& place, std::vector<FieldFault> part) {
  for (FieldFault& fault : part) {
    if (fault.loc.back() == FieldStep("agent_id")) fault.loc.back() = "id";
    fault.loc.insert(fault.loc.begin(), place.begin(), place.end());
    all.push_back(std::move(fault));
  }
}

}  // namespace

std::vector<FieldFault> faults_of(const DeliberationInput& input) {
  std::vector<FieldFault> all;
  gather(all, {},
         faults_of(RequestTexts{.task_id = input.task_id,
                                .task_description = input.task_description,
                                .role = input.role,
                                .vllm_url = input.vllm_url,
                                .vllm_model = input.vllm_model}));
  if (input.constraints)
    gather(all, {"constraints"}, faults_of(fields_of(*input.constraints)));
  else
    all.push_back({.loc = {"constraints"}, .msg = "constraints must be present", .type = "value_error"});
  std::vector<std::string_view> ids;
  for (std::size_t i = 0; i < input.agents.size(); ++i) {
    gather(all, {"agents", static_cast<std::int64_t>(i)}, faults_of(fields_of(input.agents[i])));
    ids.emplace_back(input.agents[i].id);
  }
  gather(all, {}, faults_of_agent_ids(ids));
  return all;
}

Result<DeliberationRequest> request_of(DeliberationInput input) {
  if (!input.constraints) return fail(ErrorCode::invalid_argument, "constraints must be present");
  auto constraints = TaskConstraints::create(fields_of(std::move(*input.constraints)));
  if (!constraints) return pass_on(constraints);
  std::vector<AgentConfig> agents;
  for (std::size_t i = 0; i < input.agents.size(); ++i) {
    auto agent = AgentConfig::create(fields_of(std::move(input.agents[i])));
    if (!agent) return fail(agent.error().code, "agents[" + std::to_string(i) + "]." + agent.error().message);
    agents.push_back(std::move(*agent));
  }
  return DeliberationRequest::create({.task_id = std::move(input.task_id),
                                      .task_description = std::move(input.task_description),
                                      .role = std::move(input.role),
                                      .constraints = std::move(*constraints),
                                      .agents = std::move(agents),
                                      .vllm_url = std::move(input.vllm_url),
                                      .vllm_model = std::move(input.vllm_model),
                                      .models = input.models});
}

}  // namespace orc
