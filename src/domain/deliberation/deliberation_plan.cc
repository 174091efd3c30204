#include "domain/deliberation/deliberation_plan.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "domain/deliberation/deliberation_request.h"

namespace orc {
namespace {

constexpr std::size_t place_name_bytes_max = 100;  // of a name in a place

bool is_share(double number) { return number >= 0 && number <= 1; }

std::string from_to(std::string_view least, std::int64_t most) { return "from " + std::string(least) + " to " + std::to_string(most); }

// What is wrong, each with where.
class PlanFaults {
 public:
  void add(FieldPlace place, std::string_view what) {
    std::string sentence = text_of(place) + " " + std::string(what);
    all_.push_back({.loc = std::move(place), .msg = std::move(sentence), .type = "value_error"});
  }
  void must_be(bool is_so, FieldPlace place, const std::string& range, auto value) {
    if (!is_so) add(std::move(place), "must be " + range + ", not " + std::to_string(value));
  }
  std::vector<FieldFault> take() { return std::move(all_); }

 private:
  std::vector<FieldFault> all_;
};

void judge_stage(PlanFaults& faults, const PlanFields& plan, std::size_t index) {
  const Stage& stage = plan.stages[index];
  const auto place = [&](std::string_view name) { return place_of_option(plan, index, name, name); };
  faults.must_be(stage.samples >= 1 && stage.samples <= samples_max, place("samples"), from_to("1", samples_max), stage.samples);
  faults.must_be(stage.quorum >= 1, place("quorum"), "1 or more", stage.quorum);
  faults.must_be(is_share(stage.confidence), place("confidence"), "from 0 to 1", stage.confidence);
  faults.must_be(is_share(stage.agreement_min), place("agreement_min"), "from 0 to 1", stage.agreement_min);
  faults.must_be(stage.agents.size() <= deliberation_agents_max, place("agents"), "at most " + std::to_string(deliberation_agents_max),
                 stage.agents.size());
  if (stage.kind == StageKind::verify && stage.plugin.empty())
    faults.add(place_of_option(plan, index, "verifier", "plugin"), "must name a plugin, which a stage verify needs");
  if (stage.stop == EarlyStop::likely_lead && stage.rule != VoteRule::plurality)
    faults.add(place_of_option(plan, index, "confidence", "stop"),
               (plan.preset == "custom" ? "likely_lead is" : "is") + std::string(" for the rule plurality only"));
}

void judge_budget(PlanFaults& faults, const Budget& budget) {
  const auto place = [](std::string_view part) { return FieldPlace{"options", "budget", std::string(part)}; };
  faults.must_be(budget.calls >= 1 && budget.calls <= deliberation_calls_max, place("calls"), from_to("1", deliberation_calls_max),
                 budget.calls);
  if (budget.tokens) faults.must_be(*budget.tokens >= 1, place("tokens"), "1 or more", *budget.tokens);
  if (budget.cost_micros && *budget.cost_micros < 0) faults.add(place("money"), "must be 0 or more");
  if (budget.time)
    faults.must_be(budget.time->count() >= 1 && *budget.time <= deliberation_timeout_max, place("seconds"),
                   from_to("1", deliberation_timeout_max.count()), budget.time->count());
}

void judge_agent(PlanFaults& faults, const std::string& id, const AgentOptions& agent) {
  const auto place = [&](std::string_view name) {
    return FieldPlace{"options", "agents", id.substr(0, place_name_bytes_max), std::string(name)};
  };
  if (agent.temperature)
    faults.must_be(*agent.temperature >= 0 && *agent.temperature <= temperature_max, place("temperature"), "from 0 to 2",
                   *agent.temperature);
  faults.must_be(agent.weight > 0 && std::isfinite(agent.weight), place("weight"), "above 0", agent.weight);
}

}  // namespace

std::vector<FieldFault> faults_of(const PlanFields& plan) {
  PlanFaults faults;
  if (plan.stages.empty()) faults.add({"options", "stages"}, "must hold at least one stage");
  if (plan.stages.size() > deliberation_stages_max)
    faults.add({"options", "stages"},
               "must hold at most " + std::to_string(deliberation_stages_max) + ", not " + std::to_string(plan.stages.size()));
  if (!plan.stages.empty() && plan.stages.front().kind != StageKind::propose) faults.add({"options", "stages"}, "must begin with propose");
  for (std::size_t i = 0; i < std::min(plan.stages.size(), deliberation_stages_max); ++i) judge_stage(faults, plan, i);
  judge_budget(faults, plan.budget);
  faults.must_be(plan.endpoints.size() <= endpoints_max, {"options", "endpoints"}, "at most " + std::to_string(endpoints_max),
                 plan.endpoints.size());
  for (const auto& [id, agent] : plan.agents) judge_agent(faults, id, agent);
  for (const auto& [model, price] : plan.prices)
    if (price.in < 0 || price.out < 0 || price.cached < 0)
      faults.add({"options", "prices", model.substr(0, place_name_bytes_max)}, "must not be negative");
  faults.must_be(plan.extraction.detail.size() <= extraction_pattern_bytes_max, {"options", "extract"},
                 "at most " + std::to_string(extraction_pattern_bytes_max) + " bytes", plan.extraction.detail.size());
  faults.must_be(plan.temperature >= 0 && plan.temperature <= temperature_max, {"options", "temperature"}, "from 0 to 2", plan.temperature);
  faults.must_be(plan.answer_tokens >= 1 && plan.answer_tokens <= answer_tokens_max, {"options", "max_tokens"},
                 from_to("1", answer_tokens_max), plan.answer_tokens);
  return faults.take();
}

std::optional<std::string> fault_of(const PlanFields& plan) {
  auto faults = faults_of(plan);
  return faults.empty() ? std::nullopt : std::optional(std::move(faults.front().msg));
}

FieldPlace place_of_option(const PlanFields& plan, std::size_t stage, std::string_view of_preset, std::string_view of_stage) {
  if (plan.preset != "custom") return {"options", std::string(of_preset)};
  return {"options", "stages", static_cast<std::int64_t>(stage), std::string(of_stage)};
}

std::string text_of(const FieldPlace& place) {
  std::string text;
  for (const FieldStep& step : place)
    text += (text.empty() ? "" : ".") +
            (std::holds_alternative<std::string>(step) ? std::get<std::string>(step) : std::to_string(std::get<std::int64_t>(step)));
  return text;
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
