// What each keyword means: the table of keywords, and a reader for each that puts it in its node's rules.
// The meta-schema has been checked, so a value is of the right kind; a reader that meets another kind all the same ignores it.
#include <algorithm>

#include "adapters/json_schema/json_equality.h"
#include "adapters/json_schema/schema_builder.h"

namespace orc {

struct SchemaBuilder::KeywordRule {
  std::string_view name;
  bool in_draft_07;
  bool in_2020_12;
  Reader reader;
};

const SchemaBuilder::KeywordRule SchemaBuilder::keyword_rules[] = {
    {"$dynamicRef", false, true, &SchemaBuilder::read_dynamic_reference},
    {"$ref", true, true, &SchemaBuilder::read_reference},
    {"additionalItems", true, false, &SchemaBuilder::read_additional_items},
    {"additionalProperties", true, true, &SchemaBuilder::read_inner_schema},
    {"allOf", true, true, &SchemaBuilder::read_list_of_schemas},
    {"anyOf", true, true, &SchemaBuilder::read_list_of_schemas},
    {"const", true, true, &SchemaBuilder::read_constant},
    {"contains", true, true, &SchemaBuilder::read_inner_schema},
    {"dependencies", true, true, &SchemaBuilder::read_dependencies},
    {"dependentRequired", false, true, &SchemaBuilder::read_dependencies},
    {"dependentSchemas", false, true, &SchemaBuilder::read_dependencies},
    {"else", true, true, &SchemaBuilder::read_inner_schema},
    {"enum", true, true, &SchemaBuilder::read_enumeration},
    {"exclusiveMaximum", true, true, &SchemaBuilder::read_number_bound},
    {"exclusiveMinimum", true, true, &SchemaBuilder::read_number_bound},
    {"if", true, true, &SchemaBuilder::read_inner_schema},
    {"items", true, true, &SchemaBuilder::read_items},
    {"maxContains", false, true, &SchemaBuilder::read_count},
    {"maxItems", true, true, &SchemaBuilder::read_count},
    {"maxLength", true, true, &SchemaBuilder::read_count},
    {"maxProperties", true, true, &SchemaBuilder::read_count},
    {"maximum", true, true, &SchemaBuilder::read_number_bound},
    {"minContains", false, true, &SchemaBuilder::read_count},
    {"minItems", true, true, &SchemaBuilder::read_count},
    {"minLength", true, true, &SchemaBuilder::read_count},
    {"minProperties", true, true, &SchemaBuilder::read_count},
    {"minimum", true, true, &SchemaBuilder::read_number_bound},
    {"multipleOf", true, true, &SchemaBuilder::read_number_bound},
    {"not", true, true, &SchemaBuilder::read_inner_schema},
    {"oneOf", true, true, &SchemaBuilder::read_list_of_schemas},
    {"pattern", true, true, &SchemaBuilder::read_pattern},
    {"patternProperties", true, true, &SchemaBuilder::read_pattern_properties},
    {"prefixItems", false, true, &SchemaBuilder::read_prefix},
    {"properties", true, true, &SchemaBuilder::read_properties},
    {"propertyNames", true, true, &SchemaBuilder::read_inner_schema},
    {"required", true, true, &SchemaBuilder::read_required},
    {"then", true, true, &SchemaBuilder::read_inner_schema},
    {"type", true, true, &SchemaBuilder::read_type},
    {"unevaluatedItems", false, true, &SchemaBuilder::read_inner_schema},
    {"unevaluatedProperties", false, true, &SchemaBuilder::read_inner_schema},
    {"uniqueItems", true, true, &SchemaBuilder::read_unique},
};

SchemaBuilder::Reader SchemaBuilder::reader_of(std::string_view keyword, Dialect dialect) {
  const auto* const rule = std::lower_bound(std::begin(keyword_rules), std::end(keyword_rules), keyword,
                                            [](const KeywordRule& r, std::string_view k) { return r.name < k; });
  if (rule == std::end(keyword_rules) || rule->name != keyword) return nullptr;
  return (dialect == Dialect::draft_07 ? rule->in_draft_07 : rule->in_2020_12) ? rule->reader : nullptr;
}

void SchemaBuilder::read_type(const Keyword& keyword) {
  std::uint8_t types = 0;
  const auto add = [&types](JsonValue name) {
    if (name.is_string_equal_to("integer")) types |= SchemaNode::integer_bit;
    for (const JsonKind kind : {JsonKind::null, JsonKind::boolean, JsonKind::number, JsonKind::string, JsonKind::array, JsonKind::object}) {
      if (name.is_string_equal_to(name_of(kind))) types |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
    }
  };
  add(keyword.value);
  for (const auto name : keyword.value.elements()) add(name);
  graph_->nodes[keyword.id].types = types;
}

void SchemaBuilder::read_enumeration(const Keyword& keyword) {
  auto rules = std::make_unique<ValueRules>();
  for (const auto value : keyword.value.elements()) rules->allowed.emplace_back(hash_of_json(value), value);
  graph_->nodes[keyword.id].enumeration = std::move(rules);
}

void SchemaBuilder::read_constant(const Keyword& keyword) {
  auto rules = std::make_unique<ValueRules>();
  rules->allowed.emplace_back(hash_of_json(keyword.value), keyword.value);
  rules->is_const = true;
  graph_->nodes[keyword.id].constant = std::move(rules);
}

void SchemaBuilder::read_number_bound(const Keyword& keyword) {
  if (!keyword.value.is_number()) return;
  NumberRules& rules = number(keyword);
  auto& bound = keyword.name == "minimum"            ? rules.minimum
                : keyword.name == "maximum"          ? rules.maximum
                : keyword.name == "exclusiveMinimum" ? rules.exclusive_minimum
                : keyword.name == "exclusiveMaximum" ? rules.exclusive_maximum
                                                     : rules.multiple_of;
  bound = NumberBound{.text = keyword.value.raw(), .exact = JsonDecimal(keyword.value.raw())};
}

void SchemaBuilder::read_count(const Keyword& keyword) {
  const std::int64_t count = keyword.value.as_int64().value_or(no_maximum);  // an integer by the meta-schema, perhaps one beyond 64 bits
  if (keyword.name == "minLength") string(keyword).length_min = count;
  if (keyword.name == "maxLength") string(keyword).length_max = count;
  if (keyword.name == "minItems") array(keyword).items_min = count;
  if (keyword.name == "maxItems") array(keyword).items_max = count;
  if (keyword.name == "minContains") array(keyword).contains_min = count;
  if (keyword.name == "maxContains") array(keyword).contains_max = count;
  if (keyword.name == "minProperties") object(keyword).members_min = count;
  if (keyword.name == "maxProperties") object(keyword).members_max = count;
}

void SchemaBuilder::read_pattern(const Keyword& keyword) {
  if (keyword.value.is_string()) string(keyword).pattern = pattern(keyword, keyword.value.string());
}

void SchemaBuilder::read_unique(const Keyword& keyword) { array(keyword).unique = keyword.value.as_boolean().value_or(false); }

void SchemaBuilder::read_items(const Keyword& keyword) {
  if (keyword.value.is_array()) return read_prefix(keyword);  // draft-07
  const SchemaId inner = id_of_inner(keyword, keyword.value);
  array(keyword).rest = inner;
}

void SchemaBuilder::read_prefix(const Keyword& keyword) {
  auto ids = ids_of_list(keyword);
  array(keyword).prefix = std::move(ids);
}

void SchemaBuilder::read_additional_items(const Keyword& keyword) {
  const auto items = keyword.schema.value.find("items");
  if (!items || !items->is_array()) return;
  const SchemaId inner = id_of_inner(keyword, keyword.value);
  array(keyword).rest = inner;
}

void SchemaBuilder::read_required(const Keyword& keyword) {
  ObjectRules& rules = object(keyword);
  for (const auto name : keyword.value.elements()) {
    auto text = name.as_string();
    if (!text || std::exchange(rules.properties[*text].required, true)) continue;
    rules.required.push_back(std::move(*text));
  }
}

void SchemaBuilder::read_properties(const Keyword& keyword) {
  for (const auto& member : keyword.value.members()) {
    const SchemaId inner = id_of_inner(keyword, member.value);
    object(keyword).properties[member.key.string()].schema = inner;
  }
}

void SchemaBuilder::read_pattern_properties(const Keyword& keyword) {
  for (const auto& member : keyword.value.members()) {
    auto compiled = pattern(keyword, member.key.string());
    if (!compiled) return;
    const SchemaId inner = id_of_inner(keyword, member.value);
    object(keyword).patterns.push_back({.pattern = std::move(*compiled), .schema = inner});
  }
}

void SchemaBuilder::read_dependencies(const Keyword& keyword) {
  for (const auto& member : keyword.value.members()) {
    ObjectRules::Dependency dependency{.trigger = member.key.string(), .required = {}, .schema = no_schema};
    if (!member.value.is_array()) dependency.schema = id_of_inner(keyword, member.value);
    for (const auto name : member.value.elements()) {
      if (auto text = name.as_string()) dependency.required.push_back(std::move(*text));
    }
    object(keyword).dependencies.push_back(std::move(dependency));
  }
}

void SchemaBuilder::read_inner_schema(const Keyword& keyword) {
  const SchemaId inner = id_of_inner(keyword, keyword.value);
  if (keyword.name == "additionalProperties") object(keyword).additional = inner;
  if (keyword.name == "propertyNames") object(keyword).names = inner;
  if (keyword.name == "contains") array(keyword).contains = inner;
  if (keyword.name == "unevaluatedItems") graph_->nodes[keyword.id].unevaluated_items = inner;
  if (keyword.name == "unevaluatedProperties") graph_->nodes[keyword.id].unevaluated_properties = inner;
  if (keyword.name == "not") in_place(keyword).not_fitting = inner;
  if (keyword.name == "if") in_place(keyword).condition = inner;
  if (keyword.name == "then") in_place(keyword).consequence = inner;
  if (keyword.name == "else") in_place(keyword).alternative = inner;
}

void SchemaBuilder::read_list_of_schemas(const Keyword& keyword) {
  auto ids = ids_of_list(keyword);
  InPlaceRules& rules = in_place(keyword);
  if (keyword.name == "allOf") {
    rules.all_of = std::move(ids);
  } else if (keyword.name == "anyOf") {
    rules.any_of = std::move(ids);
  } else if (keyword.name == "oneOf") {
    rules.one_of = std::move(ids);
  }
}

// The schema that the keyword's value names; nothing after a fault.
std::optional<SchemaId> SchemaBuilder::id_of_reference(const Keyword& keyword) {
  const auto reference = keyword.value.as_string();
  if (!reference) return std::nullopt;
  const auto target = sources_.resolve(keyword.schema, *reference);
  if (target) return id_of(*target);
  note(target.error().message);
  return std::nullopt;
}

void SchemaBuilder::read_reference(const Keyword& keyword) {
  if (const auto inner = id_of_reference(keyword)) in_place(keyword).reference = *inner;
}

void SchemaBuilder::read_dynamic_reference(const Keyword& keyword) {
  const auto inner = id_of_reference(keyword);
  if (!inner) return;
  InPlaceRules& rules = in_place(keyword);
  rules.dynamic_reference = *inner;
  if (const auto anchor = sources_.dynamic_anchor_of(keyword.schema, *keyword.value.as_string())) {
    const auto number = static_cast<std::uint32_t>(dynamic_anchor_numbers_.size());
    rules.dynamic_anchor = dynamic_anchor_numbers_.emplace(*anchor, number).first->second;
  }
}

}  // namespace orc
