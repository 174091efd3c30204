#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "adapters/json_schema/json_schema.h"
#include "adapters/json_schema/schema_graph.h"

namespace orc {

// Looking at so much text costs a step.
inline constexpr std::uint64_t text_bytes_per_step = 64;

// Why a value does not fit: enough to write the sentence later, for most faults are of alternatives that do not count in the end.
struct SchemaFault {
  enum class Kind : std::uint8_t {
    never,
    type,
    constant,
    enumeration,
    minimum,
    maximum,
    exclusive_minimum,
    exclusive_maximum,
    multiple_of,
    length_min,
    length_max,
    pattern,
    items_min,
    items_max,
    unique,
    contains_min,
    contains_max,
    members_min,
    members_max,
    required,
    dependent_required,
    not_fitting,
    no_alternative,
    many_alternatives,
  };
  Kind kind;
  JsonValue instance;
  SchemaId schema;
  std::uint32_t first = 0;   // by kind: number of an element, member, requirement or alternative; of the first fault of an alternative
  std::uint32_t second = 0;  // by kind: another such number; how many faults of alternatives
};

// SchemaRun holds one value against a compiled schema, within limits. For one use by one thread; recursion is bounded.
class SchemaRun {
 public:
  enum class Stop : std::uint8_t { none, steps, depth };

  SchemaRun(const SchemaGraph& graph, const CheckLimits& limits) : graph_(graph), limits_(limits) {}

  // Whether it fits. If not, stop() says if a limit ended the check; otherwise faults() holds the reason, last().
  bool run(JsonValue instance);

  Stop stop() const { return stop_; }
  std::uint64_t steps() const { return steps_; }
  const SchemaFault& last() const { return *last_; }
  // Faults of alternatives that last() refers to.
  const std::vector<SchemaFault>& alternatives() const { return alternatives_; }

 private:
  // Which members or elements of one value some schema has looked at, as unevaluatedProperties and unevaluatedItems need it.
  using Seen = std::vector<bool>;

  // `seen`, if not null, receives what was looked at. Marks of a schema that does not fit are dropped by the caller.
  bool fits(SchemaId id, JsonValue instance, Seen* seen);
  bool fits_rules(SchemaId id, JsonValue instance, Seen* seen);
  bool fits_number(SchemaId id, JsonValue instance);
  bool fits_string(SchemaId id, JsonValue instance);
  bool fits_array(SchemaId id, JsonValue instance, Seen* seen);
  bool fits_contains(SchemaId id, JsonValue instance, Seen* seen);
  bool is_unique(SchemaId id, JsonValue instance);
  bool fits_object(SchemaId id, JsonValue instance, Seen* seen);
  bool fits_member(const ObjectRules& rules, const JsonMember& member, std::size_t& required_seen, bool& looked_at);
  bool has_required(SchemaId id, JsonValue instance);
  bool fits_dependencies(SchemaId id, JsonValue instance, Seen* seen);
  bool fits_in_place(SchemaId id, JsonValue instance, Seen* seen);
  bool fits_condition(const InPlaceRules& rules, JsonValue instance, Seen* seen);
  bool fits_alternatives(SchemaId id, const std::vector<SchemaId>& schemas, bool only_one, JsonValue instance, Seen* seen);
  bool fits_unevaluated(SchemaId id, JsonValue instance, Seen& seen);
  bool is_allowed(const ValueRules& rules, JsonValue instance);
  bool matches(const EcmaPattern& pattern, std::string_view text);
  // Marks what was looked at only if the schema fits.
  bool fits_keeping(SchemaId id, JsonValue instance, Seen* seen);
  // The same where a misfit is no fault, so that nothing of it is kept for a message.
  bool fits_as_question(SchemaId id, JsonValue instance, Seen* seen);
  void forget_alternatives(std::size_t mark);
  SchemaId dynamic_target(const InPlaceRules& rules);

  bool refuse(SchemaFault::Kind kind, SchemaId id, JsonValue instance, std::size_t first = 0, std::size_t second = 0);
  bool spend(std::uint64_t steps);

  const SchemaGraph& graph_;
  const CheckLimits& limits_;
  std::uint64_t steps_ = 0;
  std::size_t depth_ = 0;
  Stop stop_ = Stop::none;
  std::vector<std::uint32_t> scope_;  // resources that were entered, outermost first
  std::optional<SchemaFault> last_;
  std::vector<SchemaFault> alternatives_;
};

}  // namespace orc
