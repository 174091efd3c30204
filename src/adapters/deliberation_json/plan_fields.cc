#include "adapters/deliberation_json/plan_fields.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <span>

#include "adapters/deliberation_json/stage_members.h"
#include "adapters/deliberation_json/stage_words.h"
#include "domain/deliberation/deliberation_request.h"

namespace orc {
namespace {

constexpr StringRule word_rule{.length_max = deliberation_name_bytes_max};
constexpr IntegerRule natural{.min = 0};
constexpr std::size_t shown_bytes_max = 100;  // of a word or name that is wrong
constexpr double million = 1e6;
constexpr double money_max = 1e9;

std::string unknown_word(std::string_view word, const auto& table) {
  std::string known;
  for (const auto& [value, one] : table) known.append(known.empty() ? "" : ", ").append(one);
  return "Value error, '" + std::string(word.substr(0, shown_bytes_max)) + "' is unknown; there are " + known;
}

template <typename Table, typename Enum>
void read_word(FieldReader& fields, std::string_view key, const Table& table, Enum& target) {
  const auto word = fields.optional_string(key, word_rule);
  if (!word) return;
  if (const auto known = from_word(table, *word))
    target = *known;
  else
    fields.add_fault(key, unknown_word(*word, table));
}

// Money in units of the currency: a price is for a million tokens.
std::optional<std::int64_t> read_money(FieldReader& fields, std::string_view key) {
  return fields.optional_number(key, 0, money_max).transform([](double amount) { return std::llround(amount * million); });
}

std::vector<std::string> read_ids(FieldReader& fields, std::string_view key, PlanSource source) {
  auto ids = fields.optional_string_list(key, deliberation_agents_max, word_rule).value_or(std::vector<std::string>{});
  std::set<std::string_view> known;
  if (source == PlanSource::client)
    for (const std::string& id : ids)
      if (!known.insert(id).second) {
        fields.add_fault(key, "Value error, it names the agent '" + id.substr(0, shown_bytes_max) + "' twice, who is asked once");
        break;
      }
  return ids;
}

void refuse_unknown(FieldReader& fields, PlanSource source, std::span<const std::string_view> names, std::string_view whole) {
  if (source == PlanSource::client) fields.refuse_all_but(names, whole);
}

// What is proposed is a vote only where it is counted as one: of a ranked vote the ballots come later, and any proposal may win it.
void judge_stop(FieldReader& fields, const Stage& stage) {
  if (stage.kind == StageKind::vote) return;
  if (stage.stop != EarlyStop::never && stage.rule == VoteRule::ranked)
    fields.add_fault("stop", "Value error, a stop is for the rules plurality and weighted: a ranked vote is on all that was proposed");
  // Without a stop the rule ranked says what is so in any case; the preset vote has it there.
  if (stage.stop == EarlyStop::never && stage.rule == VoteRule::weighted)
    fields.add_fault("rule", "Value error, the rule weighted is of the stop and of a stage vote, and this stage has no stop");
  if (stage.stop != EarlyStop::likely_lead && stage.confidence != Stage{}.confidence)
    fields.add_fault("confidence", "Value error, a confidence is of the stop likely_lead only");
}

// What the stage would not heed.
void refuse_unread(FieldReader& fields, const Stage& stage) {
  const auto names = members_read_by(stage);
  fields.refuse_all_but(names, words_of_kind(stage), members_by_default(stage));
  if (std::ranges::find(names, "stop") != names.end()) judge_stop(fields, stage);
}

}  // namespace

Stage read_stage(FieldReader& fields, PlanSource source) {
  Stage stage;
  const std::string kind = fields.required_string("kind", word_rule);
  const auto known = stage_kind_from(kind);
  if (known)
    stage.kind = *known;
  else if (!kind.empty())
    fields.add_fault("kind", unknown_word(kind, stage_words));
  stage.agents = read_ids(fields, "agents", source);
  stage.samples = static_cast<std::uint32_t>(fields.optional_integer("samples", {.min = 1, .max = samples_max}).value_or(1));
  stage.quorum = static_cast<std::size_t>(fields.optional_integer("quorum", {.min = 1, .max = deliberation_calls_max}).value_or(1));
  read_word(fields, "on_error", on_error_words, stage.on_error);
  read_word(fields, "stop", early_stop_words, stage.stop);
  read_word(fields, "rule", vote_rule_words, stage.rule);
  stage.confidence = fields.optional_number("confidence", 0, 1).value_or(stage.confidence);
  stage.agreement_min = fields.optional_number("agreement_min", 0, 1).value_or(stage.agreement_min);
  stage.plugin = fields.optional_string("plugin", word_rule).value_or("");
  if (source == PlanSource::client && known) refuse_unread(fields, stage);
  return stage;
}

PresetOptions read_preset_options(FieldReader& fields) {
  PresetOptions options;
  options.samples = static_cast<std::uint32_t>(fields.optional_integer("samples", {.min = 1, .max = samples_max}).value_or(1));
  options.quorum = static_cast<std::size_t>(fields.optional_integer("quorum", {.min = 1, .max = deliberation_calls_max}).value_or(1));
  read_word(fields, "rule", vote_rule_words, options.rule);
  options.confidence = fields.optional_number("confidence", 0, 1);
  options.verifier = fields.optional_string("verifier", word_rule).value_or("");
  options.cheap = read_ids(fields, "cheap", PlanSource::client);
  options.strong = read_ids(fields, "strong", PlanSource::client);
  options.agreement_min = fields.optional_number("agreement_min", 0, 1).value_or(options.agreement_min);
  return options;
}

std::string_view detail_name(Extraction::Kind kind) { return kind == Extraction::Kind::json_pointer ? "json_pointer" : "pattern"; }

Extraction read_extraction(FieldReader& fields, PlanSource source) {
  Extraction extraction;
  read_word(fields, "kind", extraction_words, extraction.kind);
  const bool is_known = fields.faults().empty();
  const std::string_view key = detail_name(extraction.kind);
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
  budget.tokens = fields.optional_integer("tokens", {.min = 1});
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
