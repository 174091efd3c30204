#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "adapters/json/json_decimal.h"
#include "adapters/json/json_document.h"
#include "adapters/json_schema/ecma_pattern.h"

namespace orc {

// A subschema's place in SchemaGraph::nodes.
using SchemaId = std::uint32_t;
inline constexpr SchemaId no_schema = std::numeric_limits<SchemaId>::max();

// Hashes and compares keys without making strings of them.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <typename T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

inline constexpr std::int64_t no_maximum = std::numeric_limits<std::int64_t>::max();

// A limit as the schema has it; the text is the document's.
struct NumberBound {
  std::string_view text;
  JsonDecimal exact;
};

struct NumberRules {
  std::optional<NumberBound> minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of;
};

struct StringRules {
  std::int64_t length_min = 0;
  std::int64_t length_max = no_maximum;
  std::optional<EcmaPattern> pattern;
};

struct ArrayRules {
  std::int64_t items_min = 0;
  std::int64_t items_max = no_maximum;
  bool unique = false;
  std::vector<SchemaId> prefix;
  SchemaId rest = no_schema;  // of the elements after the prefix
  SchemaId contains = no_schema;
  std::int64_t contains_min = 1;
  std::int64_t contains_max = no_maximum;
};

struct ObjectRules {
  struct Property {
    SchemaId schema = no_schema;
    bool required = false;
  };
  struct PatternProperty {
    EcmaPattern pattern;
    SchemaId schema;
  };
  struct Dependency {
    std::string trigger;
    std::vector<std::string> required;
    SchemaId schema = no_schema;
  };

  std::int64_t members_min = 0;
  std::int64_t members_max = no_maximum;
  TextMap<Property> properties;
  std::vector<std::string> required;  // in the order of the schema, for the message
  std::vector<PatternProperty> patterns;
  SchemaId additional = no_schema;
  SchemaId names = no_schema;
  std::vector<Dependency> dependencies;
};

// Schemas that apply to the same value.
struct InPlaceRules {
  SchemaId reference = no_schema;
  SchemaId dynamic_reference = no_schema;
  // If set, the dynamic reference goes to the outermost resource in scope that has this dynamic anchor.
  std::optional<std::uint32_t> dynamic_anchor;
  std::vector<SchemaId> all_of, any_of, one_of;
  SchemaId not_fitting = no_schema;
  SchemaId condition = no_schema;
  SchemaId consequence = no_schema;
  SchemaId alternative = no_schema;
};

struct ValueRules {
  std::vector<std::pair<std::size_t, JsonValue>> allowed;  // with their hashes
  bool is_const = false;
};

// One subschema. A group of rules that it does not use is null.
struct SchemaNode {
  enum class Truth : std::uint8_t { by_rules, always, never };
  static constexpr std::uint8_t any_type = 0xFF;
  static constexpr std::uint8_t integer_bit = 0x80;  // beside one bit for each JsonKind

  Truth truth = Truth::by_rules;
  std::uint8_t types = any_type;
  std::uint32_t resource = 0;
  std::unique_ptr<const ValueRules> constant, enumeration;
  std::unique_ptr<NumberRules> number;
  std::unique_ptr<StringRules> string;
  std::unique_ptr<ArrayRules> array;
  std::unique_ptr<ObjectRules> object;
  std::unique_ptr<InPlaceRules> in_place;
  SchemaId unevaluated_items = no_schema;
  SchemaId unevaluated_properties = no_schema;
};

// A schema text that the graph's views point into.
struct SchemaDocument {
  std::string text;
  JsonDocument json;
};

// All subschemas that can be reached from the root, which is nodes[0]. Constant once built.
struct SchemaGraph {
  std::deque<SchemaDocument> documents;
  std::vector<SchemaNode> nodes;
  // For each resource (a schema with its own URI): the subschema of each of its dynamic anchors, by the anchor's number.
  std::vector<std::unordered_map<std::uint32_t, SchemaId>> dynamic_anchors;
  std::size_t patterns_memory = 0;  // that they may come to hold, in bytes
};

}  // namespace orc
