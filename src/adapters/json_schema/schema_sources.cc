#include "adapters/json_schema/schema_sources.h"

#include <utility>

#include "adapters/json/json_pointer.h"
#include "adapters/json_schema/meta_schemas.h"
#include "adapters/json_schema/uri_reference.h"

namespace orc {
namespace {

std::uint64_t key_of(std::uint32_t document, JsonValue value) { return (std::uint64_t{document} << 32) | value.offset(); }

std::optional<std::string> string_member(JsonValue schema, std::string_view name) {
  const auto value = schema.find(name);
  return value ? value->as_string() : std::nullopt;
}

bool is_schema_kind(JsonValue value) { return value.is_object() || value.is_boolean(); }

}  // namespace

std::string SchemaSources::pointer(const SchemaPlace& place, JsonValue inner) const {
  return "#" + pointer_to(documents_[place.document].json.root(), inner);
}

std::unexpected<Error> SchemaSources::refuse(const SchemaPlace& place, JsonValue at, const std::string& what) const {
  return fail(ErrorCode::invalid_argument, pointer(place, at) + ": " + what);
}

Result<Dialect> SchemaSources::read_dialect(const SchemaPlace& place, Dialect otherwise) const {
  auto dialect = declared_dialect(place.value, otherwise);
  if (!dialect) return refuse(place, *place.value.find("$schema"), dialect.error().message);
  return dialect;
}

Result<SchemaPlace> SchemaSources::add(std::string text, std::string_view uri, const JsonLimits& limits) {
  SchemaDocument& document = documents_.emplace_back(std::move(text), JsonDocument());
  if (auto parsed = document.json.assign(document.text, limits); !parsed) return pass_on(parsed);
  const JsonValue root = document.json.root();
  const auto number = static_cast<std::uint32_t>(documents_.size() - 1);
  const auto resource = static_cast<std::uint32_t>(resources_.size());
  const SchemaPlace place{.value = root, .document = number, .resource = resource};
  const auto dialect = read_dialect(place, Dialect::draft_2020_12);
  if (!dialect) return std::unexpected(dialect.error());
  if (auto checked = check_(root, *dialect); !checked) return pass_on(checked);
  std::string name = resolve_reference(uri, "").document;
  resource_by_uri_.emplace(name, resource);
  resources_.push_back({.uri = std::move(name), .root = place, .dialect = *dialect, .anchors = {}, .dynamic_anchors = {}});
  if (auto found = find_subschemas(place); !found) return pass_on(found);
  return place_of(root, number, resource);
}

SchemaPlace SchemaSources::place_of(JsonValue value, std::uint32_t document, std::uint32_t enclosing_resource) const {
  const auto known = resource_of_.find(key_of(document, value));
  return {.value = value, .document = document, .resource = known == resource_of_.end() ? enclosing_resource : known->second};
}

// Goes through a schema and all inside it, outer ones first, so that each knows the URI of what holds it.
Result<void> SchemaSources::find_subschemas(SchemaPlace root) {
  std::vector<SchemaPlace> waiting{root};
  bool is_root = true;
  while (!waiting.empty()) {
    SchemaPlace place = waiting.back();
    waiting.pop_back();
    if (!is_schema_kind(place.value)) continue;  // the meta-schema has said so already where it counts
    if (auto entered = enter(place, is_root); !entered) return entered;
    is_root = false;
    resource_of_.emplace(key_of(place.document, place.value), place.resource);
    for_each_subschema(place.value, dialect_of(place), [&](JsonValue inner) {
      waiting.push_back({.value = inner, .document = place.document, .resource = place.resource});
    });
  }
  return {};
}

// Notes the URI and the anchors of one schema; a new URI makes it a resource of its own.
Result<void> SchemaSources::enter(SchemaPlace& place, bool is_root) {
  const auto id = string_member(place.value, "$id");
  const auto declared = id ? read_dialect(place, dialect_of(place)) : dialect_of(place);
  if (!declared) return std::unexpected(declared.error());
  const Dialect dialect = *declared;
  if (dialect == Dialect::draft_07 && place.value.find("$ref")) return {};  // whatever stands beside it does not count
  if (id) {
    const auto uri = resolve_reference(resources_[place.resource].uri, *id);
    const bool only_anchor = dialect == Dialect::draft_07 && id->starts_with('#');
    if (!only_anchor) {
      const auto resource = static_cast<std::uint32_t>(resources_.size());
      const auto [known, added] = resource_by_uri_.emplace(uri.document, resource);
      const bool names_itself = known->second == place.resource && (is_root || !uri.fragment.empty());
      if (!added && !names_itself) return refuse(place, place.value, "the $id " + *id + " is used twice");
      if (dialect != dialect_of(place)) {
        if (auto checked = check_(place.value, dialect); !checked) return checked;
      }
      if (added) {
        place.resource = resource;
        resources_.push_back({.uri = uri.document, .root = place, .dialect = dialect, .anchors = {}, .dynamic_anchors = {}});
      }
    }
    if (dialect == Dialect::draft_07 && !uri.fragment.empty()) {
      if (auto noted = note_anchor(place, uri.fragment, place.value); !noted) return noted;
    }
  }
  if (dialect == Dialect::draft_07) return {};
  if (const auto anchor = string_member(place.value, "$anchor")) {
    if (auto noted = note_anchor(place, *anchor, place.value); !noted) return noted;
  }
  if (const auto anchor = string_member(place.value, "$dynamicAnchor")) {
    if (auto noted = note_anchor(place, *anchor, place.value); !noted) return noted;
    resources_[place.resource].dynamic_anchors.emplace(*anchor, place.value);
  }
  return {};
}

Result<void> SchemaSources::note_anchor(const SchemaPlace& place, std::string_view name, JsonValue schema) {
  const auto [known, added] = resources_[place.resource].anchors.emplace(name, schema);
  if (!added && known->second.offset() != schema.offset())
    return refuse(place, schema, "the anchor " + std::string(name) + " is used twice");
  return {};
}

Result<std::uint32_t> SchemaSources::resource_named(const std::string& uri, std::string_view reference) {
  if (const auto known = resource_by_uri_.find(uri); known != resource_by_uri_.end()) return known->second;
  for (const auto& meta : meta_schemas()) {
    if (meta.uri != uri) continue;
    auto added = add(std::string(meta.text), meta.uri, JsonLimits());
    if (!added) return pass_on(added);
    return added->resource;
  }
  return fail(ErrorCode::invalid_argument, "the reference \"" + std::string(reference) +
                                               "\" leads out of the schema; nothing is fetched: put the schema that it means under $defs");
}

Result<SchemaPlace> SchemaSources::resolve(const SchemaPlace& from, std::string_view reference) {
  const UriReference target = resolve_reference(resources_[from.resource].uri, reference);
  auto resource = resource_named(target.document, reference);
  if (!resource) return refuse(from, from.value, resource.error().message);
  const SchemaPlace root = resources_[*resource].root;
  if (target.fragment.empty()) return root;
  if (target.fragment.starts_with('/')) return follow_pointer(root, target.fragment, reference);
  const auto& anchors = resources_[*resource].anchors;
  const auto anchor = anchors.find(target.fragment);
  if (anchor == anchors.end()) return refuse(from, from.value, "the reference \"" + std::string(reference) + "\" leads nowhere");
  return place_of(anchor->second, root.document, *resource);
}

Result<SchemaPlace> SchemaSources::follow_pointer(SchemaPlace place, std::string_view pointer, std::string_view reference) {
  const SchemaPlace start = place;
  while (!pointer.empty()) {
    const auto next = step_into(place.value, take_token(pointer));
    if (!next) return refuse(start, start.value, "the reference \"" + std::string(reference) + "\" leads nowhere");
    place = place_of(*next, place.document, place.resource);
  }
  if (resource_of_.contains(key_of(place.document, place.value))) return place;
  if (!is_schema_kind(place.value))
    return refuse(place, place.value, "the reference \"" + std::string(reference) + "\" leads to no schema");
  // Under a keyword that we do not know nobody has looked yet.
  if (auto checked = check_(place.value, dialect_of(place)); !checked) return pass_on(checked);
  if (auto found = find_subschemas(place); !found) return pass_on(found);
  return place_of(place.value, place.document, place.resource);
}

std::optional<std::string> SchemaSources::dynamic_anchor_of(const SchemaPlace& from, std::string_view reference) const {
  const UriReference target = resolve_reference(resources_[from.resource].uri, reference);
  const auto known = resource_by_uri_.find(target.document);
  if (known == resource_by_uri_.end() || !resources_[known->second].dynamic_anchors.contains(target.fragment)) return std::nullopt;
  return target.fragment;
}

}  // namespace orc
