#include "domain/deliberation/presets.h"

#include <algorithm>
#include <utility>

namespace orc {
namespace {

std::string names_that_there_are() {
  std::string names;
  for (const std::string_view name : preset_names) names += (names.empty() ? "" : ", ") + std::string(name);
  return names;
}

std::vector<Stage> vote_stages(const PresetOptions& options) {
  return {{.kind = StageKind::propose,
           .samples = options.samples,
           .quorum = options.quorum,
           .stop = options.confidence ? EarlyStop::likely_lead : EarlyStop::safe_lead,
           .rule = options.rule,
           .confidence = options.confidence.value_or(0.99)},
          {.kind = StageKind::vote, .rule = options.rule}};
}

std::vector<Stage> cascade_stages(const PresetOptions& options) {
  return {{.kind = StageKind::propose,
           .agents = options.cheap,
           .samples = options.samples,
           .quorum = options.quorum,
           .on_error = OnError::skip_stage},
          {.kind = StageKind::vote},
          {.kind = StageKind::escalate, .agreement_min = options.agreement_min},
          {.kind = StageKind::propose, .agents = options.strong},
          {.kind = StageKind::vote}};
}

bool asks_models(const Stage& stage) {
  switch (stage.kind) {
    case StageKind::propose:
    case StageKind::exchange:
    case StageKind::critique:
    case StageKind::revise:
    case StageKind::verify:
    case StageKind::aggregate:
      return true;
    case StageKind::vote:
      return stage.rule == VoteRule::ranked;
    case StageKind::score:
    case StageKind::escalate:
      return false;
  }
  return false;
}

}  // namespace

Result<std::vector<Stage>> preset_stages(std::string_view name, const PresetOptions& options) {
  const Stage propose{.kind = StageKind::propose, .samples = options.samples, .quorum = options.quorum};
  if (name == "independent") return std::vector<Stage>{propose, {.kind = StageKind::score}};
  if (name == "vote") return vote_stages(options);
  if (name == "best_of_n") {
    if (options.verifier.empty()) return fail(ErrorCode::invalid_argument, "preset best_of_n needs the option verifier, a plugin's name");
    return std::vector<Stage>{propose, {.kind = StageKind::verify, .plugin = options.verifier}};
  }
  if (name == "cascade") {
    if (options.cheap.empty() || options.strong.empty())
      return fail(ErrorCode::invalid_argument, "preset cascade needs the options cheap and strong, each a list of agent ids");
    return cascade_stages(options);
  }
  return fail(ErrorCode::invalid_argument,
              "preset '" + std::string(name.substr(0, 100)) + "' is unknown; there are " + names_that_there_are());
}

Result<DeliberationPlan> preset_plan(std::string_view name, const PresetOptions& options) {
  auto stages = preset_stages(name, options);
  if (!stages) return pass_on(stages);
  return DeliberationPlan::create({.preset = std::string(name), .stages = std::move(*stages)});
}

std::optional<std::string> misfit(const DeliberationPlan& plan, const DeliberationRequest& request) {
  const auto is_agent = [&](const std::string& id) {
    return std::ranges::any_of(request->agents, [&](const AgentConfig& agent) { return agent->agent_id == id; });
  };
  const auto unknown = [](const std::string& id) {
    return "options name the agent '" + id.substr(0, 100) + "', which the request does not have";
  };
  for (const auto& [id, own] : plan->agents)
    if (!is_agent(id)) return unknown(id);
  std::int64_t calls = 0;
  std::int64_t proposals = 0;
  for (const Stage& stage : plan->stages) {
    for (const std::string& id : stage.agents)
      if (!is_agent(id)) return unknown(id);
    const auto agents = static_cast<std::int64_t>(stage.agents.empty() ? request->agents.size() : stage.agents.size());
    if (stage.kind == StageKind::propose) proposals = agents * stage.samples;
    if (asks_models(stage)) calls += stage.kind == StageKind::propose || stage.kind == StageKind::verify ? proposals : agents;
  }
  if (plan->budget.cost_micros)
    for (const AgentConfig& agent : request->agents) {
      const std::string& model = request->models == ModelChoice::of_request ? request->vllm_model : agent->model;
      if (!plan->prices.contains(model))
        return "options.prices must hold each model where options.budget has money; it lacks '" + model.substr(0, 100) + "'";
    }
  if (calls > deliberation_calls_max)
    return "options.stages make " + std::to_string(calls) + " calls; the limit is " + std::to_string(deliberation_calls_max);
  return {};
}

}  // namespace orc
