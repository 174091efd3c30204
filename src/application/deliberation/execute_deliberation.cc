#include "application/deliberation/execute_deliberation.h"

#include <algorithm>

#include "application/deliberation/request_of.h"
#include "domain/deliberation/presets.h"

namespace orc {
namespace {

// The task id as a part of an id that stands in paths: these separate segments there however they are encoded.
std::string in_one_segment(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c == '/' || c == '\\'; }, '_');
  return text;
}

}  // namespace

Async<TakenDeliberation> ExecuteDeliberation::run(DeliberationInput input) {
  const auto owner = input.owner;
  auto plan = input.plan ? Result<DeliberationPlan>(std::move(*input.plan)) : preset_plan("independent", {});
  if (!plan) co_return pass_on(plan);
  auto request = request_of(std::move(input));
  if (!request) co_return pass_on(request);
  if (auto fault = misfit(*plan, *request)) co_return fail(ErrorCode::invalid_argument, std::move(*fault));
  if (auto admitted = admit_endpoints(*request, *plan); !admitted) co_return pass_on(admitted);

  const auto seconds = std::chrono::floor<std::chrono::seconds>(ports_.clock.now()).time_since_epoch().count();
  const std::string task_id = (*request)->task_id;
  std::string id = "deliberation-" + in_one_segment(task_id) + "-" + std::to_string(seconds) + "-" + ports_.random.token(4);
  auto stored = co_await ports_.store.add({.id = id, .owner = owner, .request = std::move(*request), .plan = std::move(*plan)});
  if (!stored) co_return pass_on(stored);
  ports_.signals.submitted(id);
  co_return TakenDeliberation{.task_id = task_id, .deliberation_id = std::move(id), .message = "Deliberation submitted"};
}

Result<void> ExecuteDeliberation::admit_endpoints(const DeliberationRequest& request, const DeliberationPlan& plan) const {
  if (auto admitted = ports_.model.admit(request->vllm_url); !admitted) return admitted;
  for (const auto& [agent, options] : plan->agents)
    if (options.endpoint)
      if (auto admitted = ports_.model.admit(*options.endpoint); !admitted) return admitted;
  return {};
}

}  // namespace orc
