#include "application/deliberation/request_of.h"

#include <utility>

namespace orc {
namespace {

constexpr std::int64_t timeout_default = 300;
constexpr std::int64_t retries_default = 3;

Result<TaskConstraints> constraints_of(ConstraintsInput input) {
  const std::int64_t timeout = input.timeout_seconds == 0 ? timeout_default : input.timeout_seconds;
  const std::int64_t retries = input.max_retries == 0 ? retries_default : input.max_retries;
  if (!std::in_range<int>(retries))
    return fail(ErrorCode::invalid_argument, "max_retries must be from 0 to " + std::to_string(deliberation_retries_max));
  return TaskConstraints::create({.story_id = std::move(input.story_id),
                                  .plan_id = std::move(input.plan_id),
                                  .timeout = std::chrono::seconds{timeout},
                                  .max_retries = static_cast<int>(retries),
                                  .metadata = std::move(input.metadata)});
}

Result<AgentConfig> agent_of(AgentInput input) {
  auto own = input.prompt_template.empty() ? std::nullopt : std::optional(std::move(input.prompt_template));
  return AgentConfig::create(
      {.agent_id = std::move(input.id), .role = std::move(input.role), .model = std::move(input.model), .prompt_template = std::move(own)});
}

}  // namespace

Result<DeliberationRequest> request_of(DeliberationInput input) {
  if (!input.constraints) return fail(ErrorCode::invalid_argument, "constraints must be present");
  auto constraints = constraints_of(std::move(*input.constraints));
  if (!constraints) return pass_on(constraints);
  std::vector<AgentConfig> agents;
  for (std::size_t i = 0; i < input.agents.size(); ++i) {
    auto agent = agent_of(std::move(input.agents[i]));
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
