#include "domain/deliberation/deliberation_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "domain/deliberation/deliberation_request.h"

namespace orc {
namespace {

constexpr std::array<std::pair<StageKind, std::string_view>, 9> stage_words = {{{StageKind::propose, "propose"},
                                                                                {StageKind::exchange, "exchange"},
                                                                                {StageKind::critique, "critique"},
                                                                                {StageKind::revise, "revise"},
                                                                                {StageKind::score, "score"},
                                                                                {StageKind::vote, "vote"},
                                                                                {StageKind::verify, "verify"},
                                                                                {StageKind::aggregate, "aggregate"},
                                                                                {StageKind::escalate, "escalate"}}};

bool is_share(double number) { return number >= 0 && number <= 1; }

std::string must_be(std::string_view field, std::string_view range, auto value) {
  return std::string(field) + " must be " + std::string(range) + ", not " + std::to_string(value);
}

std::optional<std::string> fault_of_stage(const Stage& stage) {
  if (stage.samples < 1 || stage.samples > samples_max)
    return must_be("samples", "from 1 to " + std::to_string(samples_max), stage.samples);
  if (stage.quorum < 1) return must_be("quorum", "1 or more", stage.quorum);
  if (!is_share(stage.confidence)) return must_be("confidence", "from 0 to 1", stage.confidence);
  if (!is_share(stage.agreement_min)) return must_be("agreement_min", "from 0 to 1", stage.agreement_min);
  if (stage.agents.size() > deliberation_agents_max) return "agents of a stage are more than " + std::to_string(deliberation_agents_max);
  if (stage.kind == StageKind::verify && stage.plugin.empty()) return "a stage verify needs a plugin";
  if (stage.stop == EarlyStop::likely_lead && stage.rule != VoteRule::plurality) return "confidence is for the rule plurality only";
  return {};
}

std::optional<std::string> fault_of_budget(const Budget& budget) {
  if (budget.calls < 1 || budget.calls > deliberation_calls_max)
    return must_be("budget calls", "from 1 to " + std::to_string(deliberation_calls_max), budget.calls);
  if (budget.tokens && *budget.tokens < 1) return must_be("budget tokens", "1 or more", *budget.tokens);
  if (budget.cost_micros && *budget.cost_micros < 0) return must_be("budget money", "0 or more", *budget.cost_micros);
  if (budget.time && (budget.time->count() < 1 || *budget.time > deliberation_timeout_max))
    return must_be("budget seconds", "from 1 to " + std::to_string(deliberation_timeout_max.count()), budget.time->count());
  return {};
}

std::optional<std::string> fault_of_agent(const AgentOptions& agent) {
  if (agent.temperature && !(*agent.temperature >= 0 && *agent.temperature <= 2))
    return must_be("temperature", "from 0 to 2", *agent.temperature);
  if (!(agent.weight > 0 && std::isfinite(agent.weight))) return must_be("weight", "above 0", agent.weight);
  return {};
}

}  // namespace

std::optional<std::string> fault_of(const PlanFields& plan) {
  if (plan.stages.empty()) return "stages must hold at least one stage";
  if (plan.stages.size() > deliberation_stages_max)
    return must_be("stages", "at most " + std::to_string(deliberation_stages_max), plan.stages.size());
  if (plan.stages.front().kind != StageKind::propose) return "stages must begin with propose";
  for (std::size_t i = 0; i < plan.stages.size(); ++i)
    if (auto fault = fault_of_stage(plan.stages[i])) return "stages[" + std::to_string(i) + "]: " + *fault;
  if (auto fault = fault_of_budget(plan.budget)) return fault;
  if (plan.endpoints.size() > endpoints_max) return must_be("endpoints", "at most " + std::to_string(endpoints_max), plan.endpoints.size());
  for (const auto& [id, agent] : plan.agents)
    if (auto fault = fault_of_agent(agent)) return "agents['" + id.substr(0, 100) + "']: " + *fault;
  for (const auto& [model, price] : plan.prices)
    if (price.in < 0 || price.out < 0 || price.cached < 0) return "prices['" + model.substr(0, 100) + "'] must not be negative";
  if (plan.extraction.detail.size() > extraction_pattern_bytes_max)
    return must_be("extract", "at most " + std::to_string(extraction_pattern_bytes_max) + " bytes", plan.extraction.detail.size());
  if (!(plan.temperature >= 0 && plan.temperature <= 2)) return must_be("temperature", "from 0 to 2", plan.temperature);
  if (plan.answer_tokens < 1 || plan.answer_tokens > answer_tokens_max)
    return must_be("max_tokens", "from 1 to " + std::to_string(answer_tokens_max), plan.answer_tokens);
  return {};
}

std::string_view to_word(StageKind kind) {
  for (const auto& [one, word] : stage_words)
    if (one == kind) return word;
  return {};
}

std::optional<StageKind> stage_kind_from(std::string_view word) {
  for (const auto& [kind, one] : stage_words)
    if (one == word) return kind;
  return {};
}

}  // namespace orc
