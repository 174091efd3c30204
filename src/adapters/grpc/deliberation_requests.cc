#include "adapters/grpc/deliberation_requests.h"

#include <utility>

#include "adapters/deliberation_json/plan_json.h"
#include "generated/fleet/ray_executor/v1/ray_executor.pb.h"

namespace orc {

namespace proto = fleet::ray_executor::v1;

namespace {

std::map<std::string, std::string> map_from(const google::protobuf::Map<std::string, std::string>& entries) {
  return {entries.begin(), entries.end()};
}

ConstraintsInput constraints_from(const proto::TaskConstraints& constraints) {
  return {.story_id = constraints.story_id(),
          .plan_id = constraints.plan_id(),
          .timeout_seconds = constraints.timeout_seconds(),
          .max_retries = constraints.max_retries(),
          .metadata = map_from(constraints.metadata())};
}

ConstraintsInput constraints_from(const proto::BacklogReviewTaskConstraints& constraints) {
  return {.story_id = constraints.story_id(),
          .timeout_seconds = constraints.timeout_seconds(),
          .max_retries = constraints.max_retries(),
          .metadata = map_from(constraints.metadata())};
}

AgentInput agent_from(proto::Agent& agent) {
  return {.id = std::move(*agent.mutable_id()),
          .role = std::move(*agent.mutable_role()),
          .model = std::move(*agent.mutable_model()),
          .prompt_template = std::move(*agent.mutable_prompt_template())};
}

// Both requests have the same fields but for the type of the constraints.
template <typename Request>
Result<DeliberationInput> input_of(Request request) {
  DeliberationInput input{.task_id = std::move(*request.mutable_task_id()),
                          .task_description = std::move(*request.mutable_task_description()),
                          .role = std::move(*request.mutable_role()),
                          .vllm_url = std::move(*request.mutable_vllm_url()),
                          .vllm_model = std::move(*request.mutable_vllm_model()),
                          .models = request.per_agent_models() ? ModelChoice::of_each_agent : ModelChoice::of_request};
  if (request.has_constraints()) input.constraints = constraints_from(request.constraints());
  for (proto::Agent& agent : *request.mutable_agents()) input.agents.push_back(agent_from(agent));
  if (request.preset().empty() && request.options().empty()) return input;
  auto plan = plan_from_options(request.preset(), request.options());
  if (!plan) return pass_on(plan);
  input.plan = std::move(*plan);
  return input;
}

}  // namespace

Result<DeliberationInput> input_from(proto::ExecuteDeliberationRequest request) { return input_of(std::move(request)); }

Result<DeliberationInput> input_from(proto::ExecuteBacklogReviewDeliberationRequest request) { return input_of(std::move(request)); }

}  // namespace orc
