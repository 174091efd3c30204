#include <algorithm>

#include "adapters/json_schema/schema_sources.h"

namespace orc {
namespace {

enum class Shape : std::uint8_t { schema, list, schema_or_list, map, map_or_names };

constexpr unsigned draft_07_bit = 1;
constexpr unsigned draft_2020_12_bit = 2;
constexpr unsigned both = draft_07_bit | draft_2020_12_bit;

struct SubschemaKeyword {
  std::string_view name;
  unsigned dialects;
  Shape shape;
};

// `definitions` and `dependencies` are no keywords of 2020-12 any more, but its meta-schema still reads them, as older schemas need.
constexpr SubschemaKeyword subschema_keywords[] = {
    {"$defs", draft_2020_12_bit, Shape::map},
    {"additionalItems", draft_07_bit, Shape::schema},
    {"additionalProperties", both, Shape::schema},
    {"allOf", both, Shape::list},
    {"anyOf", both, Shape::list},
    {"contains", both, Shape::schema},
    {"contentSchema", draft_2020_12_bit, Shape::schema},
    {"definitions", both, Shape::map},
    {"dependencies", both, Shape::map_or_names},
    {"dependentSchemas", draft_2020_12_bit, Shape::map},
    {"else", both, Shape::schema},
    {"if", both, Shape::schema},
    {"items", draft_07_bit, Shape::schema_or_list},
    {"items", draft_2020_12_bit, Shape::schema},
    {"not", both, Shape::schema},
    {"oneOf", both, Shape::list},
    {"patternProperties", both, Shape::map},
    {"prefixItems", draft_2020_12_bit, Shape::list},
    {"properties", both, Shape::map},
    {"propertyNames", both, Shape::schema},
    {"then", both, Shape::schema},
    {"unevaluatedItems", draft_2020_12_bit, Shape::schema},
    {"unevaluatedProperties", draft_2020_12_bit, Shape::schema},
};

const SubschemaKeyword* find_keyword(std::string_view name, Dialect dialect) {
  const unsigned bit = dialect == Dialect::draft_07 ? draft_07_bit : draft_2020_12_bit;
  const auto* const found = std::find_if(std::begin(subschema_keywords), std::end(subschema_keywords),
                                         [&](const SubschemaKeyword& k) { return k.name == name && (k.dialects & bit) != 0; });
  return found == std::end(subschema_keywords) ? nullptr : found;
}

}  // namespace

void for_each_subschema(JsonValue schema, Dialect dialect, const std::function<void(JsonValue)>& visit) {
  std::string scratch;
  for (const auto& member : schema.members()) {
    const auto* const keyword = find_keyword(member.key.string(scratch), dialect);
    if (keyword == nullptr) continue;
    const bool in_list = keyword->shape == Shape::list || (keyword->shape == Shape::schema_or_list && member.value.is_array());
    if (in_list) {
      for (const auto element : member.value.elements()) visit(element);
    } else if (keyword->shape == Shape::map || keyword->shape == Shape::map_or_names) {
      for (const auto& entry : member.value.members()) {
        if (!entry.value.is_array()) visit(entry.value);
      }
    } else {
      visit(member.value);
    }
  }
}

Result<Dialect> declared_dialect(JsonValue schema, Dialect otherwise) {
  const auto named = schema.find("$schema");
  if (!named || !named->is_string()) return otherwise;  // of another type: the meta-schema says so
  const std::string uri = named->string();
  // Either scheme is seen in the wild, with and without the empty fragment.
  std::string_view name = uri;
  if (name.ends_with('#')) name.remove_suffix(1);
  if (name.starts_with("http://")) name.remove_prefix(7);
  if (name.starts_with("https://")) name.remove_prefix(8);
  if (name == "json-schema.org/draft/2020-12/schema") return Dialect::draft_2020_12;
  if (name == "json-schema.org/draft-07/schema") return Dialect::draft_07;
  return fail(ErrorCode::invalid_argument,
              "the dialect \"" + uri +
                  "\" is not supported; use https://json-schema.org/draft/2020-12/schema or http://json-schema.org/draft-07/schema#, or "
                  "leave $schema out for the former");
}

}  // namespace orc
