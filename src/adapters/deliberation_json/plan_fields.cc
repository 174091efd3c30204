#include "adapters/deliberation_json/plan_fields.h"

#include <array>
#include <cmath>
#include <span>

#include "adapters/deliberation_json/stage_words.h"
#include "domain/deliberation/deliberation_request.h"

namespace orc {
namespace {

constexpr StringRule word_rule{.length_max = deliberation_name_bytes_max};
constexpr IntegerRule natural{.min = 0};
constexpr double million = 1e6;
constexpr double money_max = 1e9;

template <typename Table, typename Enum>
void read_word(FieldReader& fields, std::string_view key, const Table& table, Enum& target) {
  const auto word = fields.optional_string(key, word_rule);
  if (!word) return;
  if (const auto known = from_word(table, *word))
    target = *known;
  else
    fields.add_fault(key, "Value error, '" + word->substr(0, 100) + "' is unknown");
}

// Money in units of the currency: a price is for a million tokens.
std::optional<std::int64_t> read_money(FieldReader& fields, std::string_view key) {
  return fields.optional_number(key, 0, money_max).transform([](double amount) { return std::llround(amount * million); });
}

std::vector<std::string> read_ids(FieldReader& fields, std::string_view key) {
  return fields.optional_string_list(key, deliberation_agents_max, word_rule).value_or(std::vector<std::string>{});
}

void refuse_unknown(FieldReader& fields, PlanSource source, std::span<const std::string_view> names, std::string_view whole) {
  if (source == PlanSource::client) fields.refuse_all_but(names, whole);
}

// What is proposed is a vote only where it is counted as one: of a ranked vote the votes come later, and any proposal may win it.
void judge_stop(FieldReader& fields, const Stage& stage) {
  if (stage.stop == EarlyStop::never) return;
  const bool proposes = stage.kind == StageKind::propose || stage.kind == StageKind::exchange || stage.kind == StageKind::revise;
  if (!proposes)
    fields.add_fault("stop", "Value error, a stop is for stages propose, exchange and revise");
  else if (stage.rule == VoteRule::ranked)
    fields.add_fault("stop", "Value error, a stop is for the rules plurality and weighted: a ranked vote is on all that was proposed");
}

}  // namespace

Stage read_stage(FieldReader& fields, PlanSource source) {
  constexpr std::array<std::string_view, 10> names = {"kind", "agents", "samples",    "quorum",        "on_error",
                                                      "stop", "rule",   "confidence", "agreement_min", "plugin"};
  refuse_unknown(fields, source, names, "a stage");
  Stage stage;
  const std::string kind = fields.required_string("kind", word_rule);
  if (const auto known = stage_kind_from(kind))
    stage.kind = *known;
  else if (!kind.empty())
    fields.add_fault("kind", "Value error, '" + kind.substr(0, 100) + "' is unknown");
  stage.agents = read_ids(fields, "agents");
  stage.samples = static_cast<std::uint32_t>(fields.optional_integer("samples", {.min = 1, .max = samples_max}).value_or(1));
  stage.quorum = static_cast<std::size_t>(fields.optional_integer("quorum", {.min = 1, .max = deliberation_calls_max}).value_or(1));
  read_word(fields, "on_error", on_error_words, stage.on_error);
  read_word(fields, "stop", early_stop_words, stage.stop);
  read_word(fields, "rule", vote_rule_words, stage.rule);
  stage.confidence = fields.optional_number("confidence", 0, 1).value_or(stage.confidence);
  stage.agreement_min = fields.optional_number("agreement_min", 0, 1).value_or(stage.agreement_min);
  stage.plugin = fields.optional_string("plugin", word_rule).value_or("");
  if (source == PlanSource::client) judge_stop(fields, stage);
  return stage;
}

PresetOptions read_preset_options(FieldReader& fields) {
  PresetOptions options;
  options.samples = static_cast<std::uint32_t>(fields.optional_integer("samples", {.min = 1, .max = samples_max}).value_or(1));
  options.quorum = static_cast<std::size_t>(fields.optional_integer("quorum", {.min = 1, .max = deliberation_calls_max}).value_or(1));
  read_word(fields, "rule", vote_rule_words, options.rule);
  options.confidence = fields.optional_number("confidence", 0, 1);
  options.verifier = fields.optional_string("verifier", word_rule).value_or("");
  options.cheap = read_ids(fields, "cheap");
  options.strong = read_ids(fields, "strong");
  options.agreement_min = fields.optional_number("agreement_min", 0, 1).value_or(options.agreement_min);
  return options;
}

Extraction read_extraction(FieldReader& fields, PlanSource source) {
  Extraction extraction;
  read_word(fields, "kind", extraction_words, extraction.kind);
  const bool is_known = fields.faults().empty();
  const std::string_view key = extraction.kind == Extraction::Kind::json_pointer ? "json_pointer" : "pattern";
  extraction.detail = fields.optional_string(key, {.length_max = extraction_pattern_bytes_max}).value_or("");
  const std::array<std::string_view, 2> names = {"kind", key};
  const bool has_detail = extraction.kind == Extraction::Kind::pattern || extraction.kind == Extraction::Kind::json_pointer;
  if (is_known)
    refuse_unknown(fields, source, std::span(names).first(has_detail ? 2 : 1),
                   "an extraction of kind " + std::string(word_in(extraction_words, extraction.kind)));
  return extraction;
}

Budget read_budget(FieldReader& fields, PlanSource source) {
  constexpr std::array<std::string_view, 4> names = {"calls", "tokens", "money", "seconds"};
  refuse_unknown(fields, source, names, "a budget");
  Budget budget;
  budget.calls = fields.optional_integer("calls", {.min = 1, .max = deliberation_calls_max}).value_or(budget.calls);
  budget.tokens = fields.optional_integer("tokens", natural);
  budget.cost_micros = read_money(fields, "money");
  budget.time = fields.optional_integer("seconds", {.min = 1, .max = deliberation_timeout_max.count()}).transform([](std::int64_t count) {
    return std::chrono::seconds{count};
  });
  return budget;
}

Price read_price(FieldReader& fields, PlanSource source) {
  constexpr std::array<std::string_view, 3> names = {"in", "out", "cached"};
  refuse_unknown(fields, source, names, "a price");
  const auto in = read_money(fields, "in");
  const auto out = read_money(fields, "out");
  if (source == PlanSource::client && !in && !out && fields.faults().empty())
    fields.add_fault("in", "Value error, a price needs in or out");
  Price price;
  price.in = in.value_or(0);
  price.out = out.value_or(0);
  price.cached = read_money(fields, "cached").value_or(price.in);
  return price;
}

AgentOptions read_agent(FieldReader& fields, PlanSource source) {
  constexpr std::array<std::string_view, 4> names = {"endpoint", "temperature", "seed", "weight"};
  refuse_unknown(fields, source, names, "an agent of the options");
  AgentOptions agent;
  agent.endpoint = fields.optional_string("endpoint", {.length_min = 1, .length_max = 2048});
  agent.temperature = fields.optional_number("temperature", 0, 2);
  agent.seed = fields.optional_integer("seed", natural);
  agent.weight = fields.optional_number("weight", 1e-9, 1e9).value_or(1);
  return agent;
}

std::vector<std::string_view> option_names(std::string_view preset) {
  std::vector<std::string_view> names = {"stages", "extract",     "budget", "prices",     "endpoints",
                                         "agents", "temperature", "seed",   "max_tokens", "diversity"};
  if (!preset.empty()) names.insert(names.end(), {"samples", "quorum"});
  if (preset == "vote") names.insert(names.end(), {"rule", "confidence"});
  if (preset == "best_of_n") names.emplace_back("verifier");
  if (preset == "cascade") names.insert(names.end(), {"cheap", "strong", "agreement_min"});
  return names;
}

}  // namespace orc
