#include "adapters/json_schema/schema_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <time.h>

#include "adapters/json/json_decimal.h"
#include "adapters/json/utf8.h"
#include "adapters/json_schema/json_equality.h"
#include "domain/assert.h"

namespace orc {
namespace {

using Kind = SchemaFault::Kind;

// The worst case of a match, in bytes of text times instructions, that a step pays for: 4 ns each, 16 times the step, but it hardly comes.
constexpr std::uint64_t pattern_work_per_step = 64;
// From here on a match pays for the time that it took.
constexpr std::uint64_t measured_pattern_work_min = 16'384;
constexpr std::uint64_t pattern_ns_per_step = 20;
// So many alternatives are quoted in a message.
constexpr std::size_t quoted_alternatives_max = 4;

// Time this thread spent working: a busy machine must not make a check fail.
std::uint64_t thread_time_ns() {
  timespec now{};
  ORC_ASSERT(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

bool has_type(std::uint8_t types, JsonValue instance) {
  if ((types & (1U << static_cast<unsigned>(instance.kind()))) != 0) return true;
  return (types & SchemaNode::integer_bit) != 0 && instance.is_number() && JsonDecimal(instance.raw()).is_integer();
}

bool is_multiple(JsonValue instance, const NumberBound& divisor) {
  const JsonDecimal exact(instance.raw());
  if (const auto answer = exact.is_multiple_of(divisor.exact)) return *answer;
  return std::fmod(instance.as_double().value_or(0), std::stod(std::string(divisor.text))) == 0;
}

void merge(std::vector<bool>& into, const std::vector<bool>& from) {
  if (into.size() < from.size()) into.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i]) into[i] = true;
  }
}

}  // namespace

bool SchemaRun::run(JsonValue instance) { return fits(0, instance, nullptr); }

bool SchemaRun::refuse(Kind kind, SchemaId id, JsonValue instance, std::size_t first, std::size_t second) {
  last_ = SchemaFault{.kind = kind,
                      .instance = instance,
                      .schema = id,
                      .first = static_cast<std::uint32_t>(first),
                      .second = static_cast<std::uint32_t>(second)};
  return false;
}

bool SchemaRun::spend(std::uint64_t steps) {
  steps_ += steps;
  if (steps_ > limits_.steps_max && stop_ == Stop::none) stop_ = Stop::steps;
  return stop_ == Stop::none;
}

bool SchemaRun::fits(SchemaId id, JsonValue instance, Seen* seen) {
  const SchemaNode& node = graph_.nodes[id];
  if (!spend(1)) return false;
  if (node.truth == SchemaNode::Truth::always) return true;
  if (node.truth == SchemaNode::Truth::never) return refuse(Kind::never, id, instance);
  if (depth_ == limits_.depth_max) {
    stop_ = Stop::depth;
    return false;
  }
  ++depth_;
  const bool enters = scope_.empty() || scope_.back() != node.resource;
  if (enters) scope_.push_back(node.resource);
  const bool good = fits_rules(id, instance, seen);
  if (enters) scope_.pop_back();
  --depth_;
  return good;
}

bool SchemaRun::fits_rules(SchemaId id, JsonValue instance, Seen* outer_seen) {
  const SchemaNode& node = graph_.nodes[id];
  if (node.types != SchemaNode::any_type && !has_type(node.types, instance)) return refuse(Kind::type, id, instance);
  if (node.constant && !is_allowed(*node.constant, instance)) return refuse(Kind::constant, id, instance);
  if (node.enumeration && !is_allowed(*node.enumeration, instance)) return refuse(Kind::enumeration, id, instance);

  const bool needs_seen =
      (instance.is_array() && node.unevaluated_items != no_schema) || (instance.is_object() && node.unevaluated_properties != no_schema);
  Seen own_seen;
  Seen* const seen = needs_seen ? &own_seen : outer_seen;
  if (node.number && instance.is_number() && !fits_number(id, instance)) return false;
  if (node.string && instance.is_string() && !fits_string(id, instance)) return false;
  if (node.array && instance.is_array() && !fits_array(id, instance, seen)) return false;
  if (node.object && instance.is_object() && !fits_object(id, instance, seen)) return false;
  if (node.in_place && !fits_in_place(id, instance, seen)) return false;
  if (!needs_seen) return true;
  if (!fits_unevaluated(id, instance, own_seen)) return false;
  if (outer_seen != nullptr) merge(*outer_seen, own_seen);
  return true;
}

bool SchemaRun::is_allowed(const ValueRules& rules, JsonValue instance) {
  if (!spend(instance.node_count() + instance.raw().size() / text_bytes_per_step)) return false;
  const std::size_t hash = hash_of_json(instance);
  return std::ranges::any_of(rules.allowed,
                             [&](const auto& allowed) { return allowed.first == hash && equal_json(allowed.second, instance); });
}

bool SchemaRun::fits_number(SchemaId id, JsonValue instance) {
  const NumberRules& rules = *graph_.nodes[id].number;
  if (!spend(instance.raw().size() / text_bytes_per_step)) return false;
  const JsonDecimal value(instance.raw());
  if (rules.minimum && value < rules.minimum->exact) return refuse(Kind::minimum, id, instance);
  if (rules.maximum && value > rules.maximum->exact) return refuse(Kind::maximum, id, instance);
  if (rules.exclusive_minimum && value <= rules.exclusive_minimum->exact) return refuse(Kind::exclusive_minimum, id, instance);
  if (rules.exclusive_maximum && value >= rules.exclusive_maximum->exact) return refuse(Kind::exclusive_maximum, id, instance);
  if (rules.multiple_of && !is_multiple(instance, *rules.multiple_of)) return refuse(Kind::multiple_of, id, instance);
  return true;
}

// RE2 is linear in the text, but when its cache of states does not help, the factor is the size of the program. Nobody can know before
// whether it will, so a long match is only begun if even its worst case is bounded by the steps left, and then pays what it cost.
bool SchemaRun::matches(const EcmaPattern& pattern, std::string_view text) {
  const std::uint64_t work = text.size() * pattern.program_size();
  if (work < measured_pattern_work_min) return spend(1 + work / pattern_work_per_step) && pattern.matches(text);
  if (!spend(1)) return false;
  if (work / pattern_work_per_step > limits_.steps_max - steps_) return spend(limits_.steps_max);
  const std::uint64_t start = thread_time_ns();
  const bool matched = pattern.matches(text);
  return spend((thread_time_ns() - start) / pattern_ns_per_step) && matched;
}

bool SchemaRun::fits_string(SchemaId id, JsonValue instance) {
  const StringRules& rules = *graph_.nodes[id].string;
  if (!spend(instance.raw().size() / text_bytes_per_step)) return false;
  std::string scratch;
  const std::string_view text = instance.string(scratch);
  if (rules.length_min > 0 || rules.length_max != no_maximum) {
    const auto length = static_cast<std::int64_t>(count_code_points(text));
    if (length < rules.length_min) return refuse(Kind::length_min, id, instance);
    if (length > rules.length_max) return refuse(Kind::length_max, id, instance);
  }
  if (rules.pattern && !matches(*rules.pattern, text)) return refuse(Kind::pattern, id, instance);
  return true;
}

// Schemas that may fail without the value failing: their marks count only if they fit.
bool SchemaRun::fits_keeping(SchemaId id, JsonValue instance, Seen* seen) {
  if (seen == nullptr) return fits(id, instance, nullptr);
  Seen own;
  if (!fits(id, instance, &own) || !spend(own.size() / text_bytes_per_step)) return false;
  merge(*seen, own);
  return true;
}

bool SchemaRun::fits_as_question(SchemaId id, JsonValue instance, Seen* seen) {
  const std::size_t mark = alternatives_.size();
  const bool good = fits_keeping(id, instance, seen);
  forget_alternatives(mark);
  return good;
}

void SchemaRun::forget_alternatives(std::size_t mark) {
  alternatives_.erase(alternatives_.begin() + static_cast<std::ptrdiff_t>(mark), alternatives_.end());
}

SchemaId SchemaRun::dynamic_target(const InPlaceRules& rules) {
  if (!rules.dynamic_anchor || !spend(scope_.size())) return rules.dynamic_reference;
  for (const std::uint32_t resource : scope_) {
    const auto& anchors = graph_.dynamic_anchors[resource];
    const auto found = anchors.find(*rules.dynamic_anchor);
    if (found != anchors.end()) return found->second;
  }
  return rules.dynamic_reference;
}

bool SchemaRun::fits_in_place(SchemaId id, JsonValue instance, Seen* seen) {
  const InPlaceRules& rules = *graph_.nodes[id].in_place;
  if (rules.reference != no_schema && !fits(rules.reference, instance, seen)) return false;
  if (rules.dynamic_reference != no_schema && !fits(dynamic_target(rules), instance, seen)) return false;
  for (const SchemaId inner : rules.all_of) {
    if (!fits(inner, instance, seen)) return false;
  }
  if (!rules.any_of.empty() && !fits_alternatives(id, rules.any_of, false, instance, seen)) return false;
  if (!rules.one_of.empty() && !fits_alternatives(id, rules.one_of, true, instance, seen)) return false;
  if (rules.not_fitting != no_schema) {
    const bool fitted = fits_as_question(rules.not_fitting, instance, nullptr);
    if (stop_ != Stop::none) return false;
    if (fitted) return refuse(Kind::not_fitting, id, instance);
  }
  return rules.condition == no_schema || fits_condition(rules, instance, seen);
}

bool SchemaRun::fits_condition(const InPlaceRules& rules, JsonValue instance, Seen* seen) {
  const bool condition = fits_as_question(rules.condition, instance, seen);
  if (stop_ != Stop::none) return false;
  const SchemaId then = condition ? rules.consequence : rules.alternative;
  return then == no_schema || fits(then, instance, seen);
}

bool SchemaRun::fits_alternatives(SchemaId id, const std::vector<SchemaId>& schemas, bool only_one, JsonValue instance, Seen* seen) {
  const std::size_t mark = alternatives_.size();
  std::array<std::optional<SchemaFault>, quoted_alternatives_max> faults;
  std::optional<std::size_t> fitting;
  for (std::size_t i = 0; i < schemas.size(); ++i) {
    const bool good = fits_keeping(schemas[i], instance, seen);
    if (stop_ != Stop::none) return false;
    if (!good && i < faults.size()) faults[i] = last_;
    if (!good) continue;
    if (only_one && fitting) return refuse(Kind::many_alternatives, id, instance, *fitting + 1, i + 1);
    fitting = i;
    if (!only_one && seen == nullptr) break;  // otherwise the marks of all that fit are wanted
  }
  if (fitting) {
    forget_alternatives(mark);
    return true;
  }
  const std::size_t first = alternatives_.size();
  for (const auto& fault : faults) {
    if (fault) alternatives_.push_back(*fault);
  }
  return refuse(Kind::no_alternative, id, instance, first, alternatives_.size() - first);
}

}  // namespace orc
