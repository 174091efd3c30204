#include "domain/deliberation/presets.h"

#include <algorithm>
#include <set>
#include <utility>

#include "domain/deliberation/budget_words.h"
#include "domain/deliberation/prompt.h"

namespace orc {
namespace {

constexpr std::size_t shown_bytes_max = 100;  // of a name that is wrong

std::string names_that_there_are() {
  std::string names;
  for (const std::string_view name : preset_names) names += (names.empty() ? "" : ", ") + std::string(name);
  return names;
}

// Where the proposals are ranked in a vote of their own, what they say is no vote, and each may still win.
EarlyStop stop_of_vote(const PresetOptions& options) {
  if (options.confidence) return EarlyStop::likely_lead;
  return options.rule == VoteRule::ranked ? EarlyStop::never : EarlyStop::safe_lead;
}

// Only a ranked vote asks for ballots, which can be left out.
EarlyStop stop_of_ranking(const PresetOptions& options) {
  return options.rule == VoteRule::ranked ? EarlyStop::safe_lead : EarlyStop::never;
}

std::vector<Stage> vote_stages(const PresetOptions& options) {
  return {{.kind = StageKind::propose,
           .samples = options.samples,
           .quorum = options.quorum,
           .stop = stop_of_vote(options),
           .rule = options.rule,
           .confidence = options.confidence.value_or(0.99)},
          {.kind = StageKind::vote, .stop = stop_of_ranking(options), .rule = options.rule}};
}

// One that is left of several agrees with nobody.
std::vector<Stage> cascade_stages(const PresetOptions& options) {
  const std::size_t cheap_calls = options.cheap.size() * options.samples;
  return {{.kind = StageKind::propose,
           .agents = options.cheap,
           .samples = options.samples,
           .quorum = options.quorum,
           .on_error = OnError::skip_stage},
          {.kind = StageKind::vote},
          {.kind = StageKind::escalate, .quorum = std::min<std::size_t>(2, cheap_calls), .agreement_min = options.agreement_min},
          {.kind = StageKind::propose, .agents = options.strong, .on_error = OnError::skip_stage},  // what the cheap ones said is paid for
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

// Of a stage that asks models, before which `pool` proposals are in play at most, and behind which so many are as it then says.
std::optional<std::size_t> calls_at_most(const Stage& stage, const DeliberationRequest& request, std::size_t& pool) {
  const std::set<std::string_view> named(stage.agents.begin(), stage.agents.end());
  const std::size_t agents = named.empty() ? request->agents.size() : named.size();
  if (!asks_models(stage)) return {};
  switch (stage.kind) {
    case StageKind::propose:
      pool = std::max(stage.on_error == OnError::skip_stage ? pool : 0, agents * stage.samples);
      return agents * stage.samples;
    case StageKind::exchange:
    case StageKind::revise:
      pool += agents;  // who had none has one now
      return agents;
    case StageKind::verify:
      return pool;
    case StageKind::aggregate:
      return 1;
    case StageKind::critique:
    case StageKind::vote:
    case StageKind::score:
    case StageKind::escalate:
      break;
  }
  return agents;
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

std::vector<FieldFault> misfits(const DeliberationPlan& plan, const DeliberationRequest& request) {
  std::vector<FieldFault> faults;
  const auto add = [&](FieldPlace place, std::string sentence) {
    faults.push_back({.loc = std::move(place), .msg = std::move(sentence), .type = "value_error"});
  };
  const auto judge_agent = [&](const FieldPlace& place, const std::string& id) {
    if (std::ranges::none_of(request->agents, [&](const AgentConfig& agent) { return agent->agent_id == id; }))
      add(place, text_of(place) + " names the agent '" + id.substr(0, shown_bytes_max) + "', which the request does not have");
  };
  for (const auto& [id, own] : plan->agents) judge_agent({"options", "agents", id.substr(0, shown_bytes_max)}, id);
  std::int64_t calls = 0;
  std::int64_t proposals = 0;
  std::size_t pool = 0;  // proposals in play at most
  for (std::size_t i = 0; i < plan->stages.size(); ++i) {
    const Stage& stage = plan->stages[i];
    // Of the preset cascade the first stage has the cheap agents, and the last that proposes the strong ones.
    for (const std::string& id : stage.agents) judge_agent(place_of_option(*plan, i, i == 0 ? "cheap" : "strong", "agents"), id);
    const auto agents = static_cast<std::int64_t>(stage.agents.empty() ? request->agents.size() : stage.agents.size());
    if (stage.kind == StageKind::propose) proposals = agents * stage.samples;
    if (const auto most = calls_at_most(stage, request, pool); most && stage.quorum > *most) {
      FieldPlace its = place_of_option(*plan, i, "quorum", "quorum");
      std::string sentence = text_of(its) + " is " + std::to_string(stage.quorum) + ", but the stage " + std::string(to_word(stage.kind)) +
                             " makes " + std::to_string(*most) + " calls at most";
      add(std::move(its), std::move(sentence));
    }
    if (asks_models(stage)) calls += stage.kind == StageKind::propose || stage.kind == StageKind::verify ? proposals : agents;
  }
  if (auto shortage = faults.empty() ? shortage_of_budget(plan, request) : std::nullopt) faults.push_back(std::move(*shortage));
  for (std::size_t i = 0; i < request->agents.size(); ++i) {
    if (!request->agents[i]->prompt_template) continue;
    const std::size_t bytes = prompt_bytes_of(StageKind::propose, request, request->agents[i], {}, {});
    if (bytes > prompt_bytes_max)
      add({"agents", static_cast<std::int64_t>(i), "prompt_template"},
          "prompt_template makes a prompt of " + std::to_string(bytes) + " bytes; the limit is " + std::to_string(prompt_bytes_max));
  }
  if (plan->budget.cost_micros) {
    std::set<std::string> lacking;
    for (const AgentConfig& agent : request->agents)
      lacking.insert(request->models == ModelChoice::of_request ? request->vllm_model : agent->model);
    for (const auto& [model, price] : plan->prices) lacking.erase(model);
    for (const std::string& model : lacking)
      add({"options", "prices"},
          "options.prices must hold each model where options.budget has money; it lacks '" + model.substr(0, shown_bytes_max) + "'");
  }
  // Of a preset only the samples can make so many.
  const FieldPlace place = {"options", plan->preset == "custom" ? "stages" : "samples"};
  if (calls > deliberation_calls_max)
    add(place, text_of(place) + " make " + std::to_string(calls) + " calls; the limit is " + std::to_string(deliberation_calls_max));
  return faults;
}

}  // namespace orc
