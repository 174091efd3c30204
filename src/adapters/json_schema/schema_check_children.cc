// The part of SchemaRun that goes into arrays and objects.
#include <algorithm>
#include <iterator>

#include "adapters/json_schema/json_equality.h"
#include "adapters/json_schema/schema_check.h"

namespace orc {
namespace {

using Kind = SchemaFault::Kind;

constexpr std::uint64_t members_looked_up_per_step = 8;

void note(std::vector<bool>* seen, std::size_t index, std::size_t size) {
  if (seen == nullptr) return;
  if (seen->size() < size) seen->resize(size);
  (*seen)[index] = true;
}

}  // namespace

bool SchemaRun::fits_array(SchemaId id, JsonValue instance, Seen* seen) {
  const ArrayRules& rules = *graph_.nodes[id].array;
  const auto size = static_cast<std::int64_t>(instance.size());
  if (size < rules.items_min) return refuse(Kind::items_min, id, instance);
  if (size > rules.items_max) return refuse(Kind::items_max, id, instance);
  if (!rules.prefix.empty() || rules.rest != no_schema) {
    std::size_t index = 0;
    for (const auto element : instance.elements()) {
      const SchemaId inner = index < rules.prefix.size() ? rules.prefix[index] : rules.rest;
      if (inner == no_schema) break;
      if (!fits(inner, element, nullptr)) return false;
      note(seen, index++, instance.size());
    }
  }
  if (rules.contains != no_schema && !fits_contains(id, instance, seen)) return false;
  return !rules.unique || is_unique(id, instance);
}

bool SchemaRun::fits_contains(SchemaId id, JsonValue instance, Seen* seen) {
  const ArrayRules& rules = *graph_.nodes[id].array;
  std::int64_t count = 0;
  std::size_t index = 0;
  for (const auto element : instance.elements()) {
    const bool good = fits_as_question(rules.contains, element, nullptr);
    if (stop_ != Stop::none) return false;
    if (good) {
      ++count;
      note(seen, index, instance.size());
    }
    ++index;
  }
  if (count < rules.contains_min) return refuse(Kind::contains_min, id, instance, static_cast<std::size_t>(count));
  if (count > rules.contains_max) return refuse(Kind::contains_max, id, instance, static_cast<std::size_t>(count));
  return true;
}

// Sorts by hash and compares neighbours of equal hash. Whoever chooses values whose hashes meet pays for the comparisons in steps.
bool SchemaRun::is_unique(SchemaId id, JsonValue instance) {
  if (instance.size() < 2) return true;
  if (!spend(instance.node_count() + instance.raw().size() / text_bytes_per_step)) return false;
  struct Element {
    std::size_t hash;
    std::size_t index;
    JsonValue value;
  };
  std::vector<Element> elements;
  elements.reserve(instance.size());
  for (const auto value : instance.elements()) elements.push_back({.hash = hash_of_json(value), .index = elements.size(), .value = value});
  std::ranges::sort(elements, [](const Element& a, const Element& b) { return a.hash != b.hash ? a.hash < b.hash : a.index < b.index; });
  for (std::size_t i = 0; i < elements.size(); ++i) {
    for (std::size_t j = i + 1; j < elements.size() && elements[j].hash == elements[i].hash; ++j) {
      if (!spend(elements[i].value.node_count() + elements[i].value.raw().size() / text_bytes_per_step)) return false;
      if (equal_json(elements[i].value, elements[j].value)) return refuse(Kind::unique, id, instance, elements[i].index, elements[j].index);
    }
  }
  return true;
}

bool SchemaRun::fits_object(SchemaId id, JsonValue instance, Seen* seen) {
  const ObjectRules& rules = *graph_.nodes[id].object;
  const auto size = static_cast<std::int64_t>(instance.size());
  if (size < rules.members_min) return refuse(Kind::members_min, id, instance);
  if (size > rules.members_max) return refuse(Kind::members_max, id, instance);
  std::size_t required_seen = 0;
  std::size_t index = 0;
  for (const auto& member : instance.members()) {
    bool looked_at = false;
    if (!fits_member(rules, member, required_seen, looked_at)) return false;
    if (looked_at) note(seen, index, instance.size());
    ++index;
  }
  if (required_seen < rules.required.size() && !has_required(id, instance)) return false;
  return rules.dependencies.empty() || fits_dependencies(id, instance, seen);
}

bool SchemaRun::fits_member(const ObjectRules& rules, const JsonMember& member, std::size_t& required_seen, bool& looked_at) {
  std::string scratch;
  const std::string_view name = member.key.string(scratch);
  if (!spend(1 + name.size() / text_bytes_per_step)) return false;
  if (const auto property = rules.properties.find(name); property != rules.properties.end()) {
    if (property->second.required) ++required_seen;
    if (property->second.schema != no_schema) {
      looked_at = true;
      if (!fits(property->second.schema, member.value, nullptr)) return false;
    }
  }
  for (const auto& [pattern, schema] : rules.patterns) {
    const bool matched = matches(pattern, name);
    if (stop_ != Stop::none) return false;
    if (!matched) continue;
    looked_at = true;
    if (!fits(schema, member.value, nullptr)) return false;
  }
  if (!looked_at && rules.additional != no_schema) {
    looked_at = true;
    if (!fits(rules.additional, member.value, nullptr)) return false;
  }
  return rules.names == no_schema || fits(rules.names, member.key, nullptr);
}

bool SchemaRun::has_required(SchemaId id, JsonValue instance) {
  const ObjectRules& rules = *graph_.nodes[id].object;
  for (std::size_t i = 0; i < rules.required.size(); ++i) {
    if (!spend(1 + instance.size() / members_looked_up_per_step)) return false;
    if (!instance.find(rules.required[i])) return refuse(Kind::required, id, instance, i);
  }
  return true;
}

bool SchemaRun::fits_dependencies(SchemaId id, JsonValue instance, Seen* seen) {
  const auto& dependencies = graph_.nodes[id].object->dependencies;
  for (std::size_t i = 0; i < dependencies.size(); ++i) {
    if (!spend(1 + instance.size() / members_looked_up_per_step)) return false;
    if (!instance.find(dependencies[i].trigger)) continue;
    for (std::size_t j = 0; j < dependencies[i].required.size(); ++j) {
      if (!spend(1 + instance.size() / members_looked_up_per_step)) return false;
      if (!instance.find(dependencies[i].required[j])) return refuse(Kind::dependent_required, id, instance, i, j);
    }
    if (dependencies[i].schema != no_schema && !fits(dependencies[i].schema, instance, seen)) return false;
  }
  return true;
}

bool SchemaRun::fits_unevaluated(SchemaId id, JsonValue instance, Seen& seen) {
  const SchemaNode& node = graph_.nodes[id];
  seen.resize(instance.size());
  std::size_t index = 0;
  for (const auto element : instance.elements()) {
    if (!seen[index] && !fits(node.unevaluated_items, element, nullptr)) return false;
    seen[index++] = true;
  }
  for (const auto& member : instance.members()) {
    if (!seen[index] && !fits(node.unevaluated_properties, member.value, nullptr)) return false;
    seen[index++] = true;
  }
  return true;
}

}  // namespace orc
