#include "adapters/deliberation_json/plan_json.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "adapters/deliberation_json/answer_extraction.h"
#include "adapters/deliberation_json/plan_fields.h"
#include "adapters/deliberation_json/stage_words.h"
#include "adapters/json/json_document.h"

namespace orc {
namespace {

constexpr JsonLimits options_limits{.bytes_max = plan_options_bytes_max, .depth_max = 16};
constexpr std::size_t extra_entries_max = 1000;          // prices, agents
constexpr std::string_view domain_type = "value_error";  // of a rule of the domain

// "options.stages.3.samples: Input should be …"; a sentence of the domain's names its field itself.
std::string sentence_of(const FieldFault& fault) {
  if (fault.type == domain_type && !fault.msg.starts_with("Value error")) return fault.msg;
  return text_of(fault.loc) + ": " + fault.msg;
}

std::vector<FieldFault> one_fault(FieldPlace place, std::string sentence) {
  std::vector<FieldFault> faults;
  faults.push_back({.loc = std::move(place), .msg = std::move(sentence), .type = std::string(domain_type)});
  return faults;
}

// Weights that no vote would heed.
std::vector<FieldFault> weights_without_use(const PlanFields& plan) {
  std::vector<FieldFault> faults;
  if (std::ranges::find(plan.stages, VoteRule::weighted, &Stage::rule) != plan.stages.end()) return faults;
  for (const auto& [id, agent] : plan.agents) {
    if (agent.weight == AgentOptions{}.weight) continue;
    FieldPlace place = {"options", "agents", id.substr(0, deliberation_name_bytes_max), "weight"};
    std::string sentence = text_of(place) + " is for votes with the rule weighted, of which there is none";
    faults.push_back({.loc = std::move(place), .msg = std::move(sentence), .type = std::string(domain_type)});
  }
  return faults;
}

// Seeds that have no further one for each sample of an agent. A plan that was stored before this was a fault is still read.
std::vector<FieldFault> seeds_without_further_ones(const PlanFields& plan) {
  std::vector<FieldFault> faults;
  const std::uint32_t samples = std::ranges::max(plan.stages, {}, &Stage::samples).samples;
  const std::int64_t most = std::numeric_limits<std::int64_t>::max() - (samples - 1);
  const auto judge = [&](std::optional<std::int64_t> seed, FieldPlace place) {
    if (!seed || *seed <= most) return;
    std::string sentence = text_of(place) + " must be at most " + std::to_string(most) + " with " + std::to_string(samples) +
                           " samples, each of which has a seed of its own, but is " + std::to_string(*seed);
    faults.push_back({.loc = std::move(place), .msg = std::move(sentence), .type = std::string(domain_type)});
  };
  judge(plan.seed, {"options", "seed"});
  for (const auto& [id, agent] : plan.agents) judge(agent.seed, {"options", "agents", id.substr(0, deliberation_name_bytes_max), "seed"});
  return faults;
}

// PlanReader takes a plan out of an object part by part, and gathers what is wrong in all of them.
class PlanReader {
 public:
  PlanReader(JsonValue options, PlanSource source) : fields_(options, {"options"}), source_(source) {}

  PlanOrFaults read(std::string_view preset) {
    PlanFields plan;
    auto stages = read_stages(preset, plan);
    if (source_ == PlanSource::client) refuse_unknown_options(plan.preset);
    plan.temperature = fields_.optional_number("temperature", 0, 2).value_or(plan.temperature);
    plan.is_diverse = fields_.optional_boolean("diversity").value_or(false);
    plan.seed = fields_.optional_integer("seed", {.min = 0});
    plan.endpoints =
        fields_.optional_string_list("endpoints", endpoints_max, {.length_min = 1, .length_max = 2048}).value_or(plan.endpoints);
    plan.answer_tokens = fields_.optional_integer("max_tokens", {.min = 1, .max = answer_tokens_max}).value_or(plan.answer_tokens);
    if (const auto object = fields_.optional_object("extract")) plan.extraction = part(*object, {"options", "extract"}, read_extraction);
    if (const auto object = fields_.optional_object("budget")) plan.budget = part(*object, {"options", "budget"}, read_budget);
    plan.prices = read_map("prices", read_price);
    plan.agents = read_map("agents", read_agent);
    auto faults = fields_.take_faults();
    faults.insert(faults.end(), std::make_move_iterator(faults_.begin()), std::make_move_iterator(faults_.end()));
    if (!stages) faults.push_back(stages.error());
    if (auto good = check_extraction(plan.extraction); !good && faults.empty())
      return std::unexpected(one_fault({"options", "extract", std::string(detail_name(plan.extraction.kind))}, good.error().message));
    if (!faults.empty()) return std::unexpected(std::move(faults));
    plan.stages = std::move(*stages);
    if (source_ == PlanSource::client) faults = weights_without_use(plan);
    if (!faults.empty()) return std::unexpected(std::move(faults));
    if (faults = faults_of(plan); !faults.empty()) return std::unexpected(std::move(faults));
    if (source_ == PlanSource::client) faults = seeds_without_further_ones(plan);
    if (!faults.empty()) return std::unexpected(std::move(faults));
    return DeliberationPlan::create(std::move(plan)).value();
  }

 private:
  template <typename T>
  T part(JsonValue object, FieldPlace place, T (*read)(FieldReader&, PlanSource)) {
    FieldReader fields(object, std::move(place));
    auto value = read(fields, source_);
    fields.move_faults_to(faults_);
    return value;
  }

  // Options of another preset are of no use, and what they were to do would not be done. Of a preset that there is none of, nothing is
  // said.
  void refuse_unknown_options(const std::string& preset) {
    if (preset == "custom")
      fields_.refuse_all_but(option_names({}), "a plan of stages");
    else if (std::ranges::find(preset_names, preset) != preset_names.end())
      fields_.refuse_all_but(option_names(preset), "the preset " + preset);
  }

  std::expected<std::vector<Stage>, FieldFault> read_stages(std::string_view preset, PlanFields& plan) {
    const auto given = fields_.optional_array("stages");
    if (!given) {
      plan.preset = preset.empty() ? "independent" : preset;
      auto stages = preset_stages(plan.preset, read_preset_options(fields_));
      if (stages) return std::move(*stages);
      const bool is_known = std::ranges::find(preset_names, plan.preset) != preset_names.end();
      return std::unexpected(one_fault({is_known ? "options" : "preset"}, stages.error().message).front());
    }
    // Stored stages are those of their preset, unfolded already.
    plan.preset = preset.empty() ? "custom" : preset;
    if (source_ == PlanSource::client && !preset.empty())
      return std::unexpected(one_fault({"options", "stages"}, "options.stages stand instead of a preset: give one of the two").front());
    std::vector<Stage> stages;
    for (const JsonValue one : given->elements()) {
      if (stages.size() == deliberation_stages_max) break;
      stages.push_back(part(one, {"options", "stages", static_cast<std::int64_t>(stages.size())}, read_stage));
    }
    if (given->size() > deliberation_stages_max)
      return std::unexpected(
          one_fault({"options", "stages"}, "options.stages must hold at most " + std::to_string(deliberation_stages_max)).front());
    return stages;
  }

  template <typename T>
  std::map<std::string, T> read_map(const std::string& key, T (*read)(FieldReader&, PlanSource)) {
    std::map<std::string, T> map;
    const auto object = fields_.optional_object(key);
    if (!object) return map;
    if (object->size() > extra_entries_max) {
      fields_.add_fault(key, "Value error, at most " + std::to_string(extra_entries_max) + " entries");
      return map;
    }
    for (const auto& member : object->members()) {
      const std::string name = member.key.string();
      map.emplace(name, part(member.value, {"options", key, name.substr(0, deliberation_name_bytes_max)}, read));
    }
    return map;
  }

  FieldReader fields_;
  const PlanSource source_;
  std::vector<FieldFault> faults_;
};

PlanOrFaults plan_in(std::string_view preset, std::string_view text, PlanSource source) {
  auto document = JsonDocument::parse(text, options_limits);
  if (!document)
    return std::unexpected(std::vector{FieldFault{.loc = {"options"}, .msg = document.error().message, .type = "json_invalid"}});
  return PlanReader(document->root(), source).read(preset);
}

Result<DeliberationPlan> plan_or_sentence(PlanOrFaults plan) {
  if (!plan) return fail(ErrorCode::invalid_argument, sentence_of(plan.error().front()));
  return std::move(*plan);
}

void write_stage(JsonWriter& json, const Stage& stage) {
  json.begin_object();
  json.member("kind", to_word(stage.kind));
  if (!stage.agents.empty()) {
    json.key("agents").begin_array();
    for (const std::string& id : stage.agents) json.value(id);
    json.end_array();
  }
  json.member("samples", stage.samples);
  json.member("quorum", stage.quorum);
  json.member("on_error", word_in(on_error_words, stage.on_error));
  json.member("stop", word_in(early_stop_words, stage.stop));
  json.member("rule", word_in(vote_rule_words, stage.rule));
  json.member("confidence", stage.confidence);
  json.member("agreement_min", stage.agreement_min);
  if (!stage.plugin.empty()) json.member("plugin", stage.plugin);
  json.end_object();
}

double money(std::int64_t micros) { return static_cast<double>(micros) / 1e6; }

void write_budget(JsonWriter& json, const Budget& budget) {
  json.key("budget").begin_object();
  json.member("calls", budget.calls);
  if (budget.tokens) json.member("tokens", *budget.tokens);
  if (budget.cost_micros) json.member("money", money(*budget.cost_micros));
  if (budget.time) json.member("seconds", budget.time->count());
  json.end_object();
}

void write_agents(JsonWriter& json, const std::map<std::string, AgentOptions>& agents) {
  json.key("agents").begin_object();
  for (const auto& [id, agent] : agents) {
    json.key(id).begin_object();
    if (agent.endpoint) json.member("endpoint", *agent.endpoint);
    if (agent.temperature) json.member("temperature", *agent.temperature);
    if (agent.seed) json.member("seed", *agent.seed);
    json.member("weight", agent.weight);
    json.end_object();
  }
  json.end_object();
}

}  // namespace

PlanOrFaults plan_or_faults(std::string_view preset, std::string_view options) {
  return plan_in(preset, options.empty() ? std::string_view("{}") : options, PlanSource::client);
}

Result<DeliberationPlan> plan_from_options(std::string_view preset, std::string_view options) {
  return plan_or_sentence(plan_or_faults(preset, options));
}

Result<DeliberationPlan> stored_plan(std::string_view preset, std::string_view text) {
  return plan_or_sentence(plan_in(preset, text, PlanSource::store));
}

void write_plan(JsonWriter& json, const DeliberationPlan& plan) {
  json.begin_object();
  json.key("stages").begin_array();
  for (const Stage& stage : plan->stages) write_stage(json, stage);
  json.end_array();
  json.key("extract").begin_object();
  json.member("kind", word_in(extraction_words, plan->extraction.kind));
  if (!plan->extraction.detail.empty()) json.member(detail_name(plan->extraction.kind), plan->extraction.detail);
  json.end_object();
  write_budget(json, plan->budget);
  json.key("prices").begin_object();
  for (const auto& [model, price] : plan->prices) {
    json.key(model).begin_object();
    json.member("in", money(price.in));
    json.member("out", money(price.out));
    json.member("cached", money(price.cached));
    json.end_object();
  }
  json.end_object();
  if (!plan->endpoints.empty()) {
    json.key("endpoints").begin_array();
    for (const std::string& endpoint : plan->endpoints) json.value(endpoint);
    json.end_array();
  }
  write_agents(json, plan->agents);
  json.member("temperature", plan->temperature);
  json.member("diversity", plan->is_diverse);
  if (plan->seed) json.member("seed", *plan->seed);
  json.member("max_tokens", plan->answer_tokens);
  json.end_object();
}

}  // namespace orc
