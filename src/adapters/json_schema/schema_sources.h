#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/json_schema/schema_graph.h"
#include "domain/result.h"

namespace orc {

enum class Dialect : std::uint8_t { draft_07, draft_2020_12 };

// A subschema in its text.
struct SchemaPlace {
  JsonValue value;
  std::uint32_t document;  // number of the text
  std::uint32_t resource;  // the schema with an own URI that it belongs to
};

// A schema with an own URI: a document's root, or a subschema with $id.
struct SchemaResource {
  std::string uri;
  SchemaPlace root;
  Dialect dialect;
  TextMap<JsonValue> anchors;          // plain names, those of dynamic anchors included
  TextMap<JsonValue> dynamic_anchors;  // the latter alone
};

// SchemaSources knows the texts of one schema: the user's, and the meta-schemas if it refers to them. It finds every subschema, its URI
// and its anchors, and resolves references among them. Used while one schema is compiled; not thread-safe.
class SchemaSources {
 public:
  // Called for each value that turns out to be a schema and has not been checked as one: the root, a subschema in another dialect, what a
  // reference finds under an unknown keyword. `documents` receives the texts and outlives this.
  using SchemaCheck = std::function<Result<void>(JsonValue schema, Dialect dialect)>;
  SchemaSources(std::deque<SchemaDocument>& documents, SchemaCheck check) : documents_(documents), check_(std::move(check)) {}

  // Takes a schema's text; `uri` is its name if it has no $id. Errors: invalid_argument: no JSON, no schema, a foreign dialect, a name or
  // anchor twice.
  Result<SchemaPlace> add(std::string text, std::string_view uri, const JsonLimits& limits);

  // The subschema that `reference` in `from` names. Errors: invalid_argument, naming the reference.
  Result<SchemaPlace> resolve(const SchemaPlace& from, std::string_view reference);

  // Where a dynamic reference may go beside where resolve() leads: the name of the anchor, if it found one that is dynamic.
  std::optional<std::string> dynamic_anchor_of(const SchemaPlace& from, std::string_view reference) const;

  // The resource that holds a subschema of that text which has been found.
  SchemaPlace place_of(JsonValue value, std::uint32_t document, std::uint32_t enclosing_resource) const;

  const std::vector<SchemaResource>& resources() const { return resources_; }
  Dialect dialect_of(const SchemaPlace& place) const { return resources_[place.resource].dialect; }
  // The JSON pointer of a place, for messages.
  std::string pointer(const SchemaPlace& place, JsonValue inner) const;

 private:
  Result<void> find_subschemas(SchemaPlace root);
  Result<void> enter(SchemaPlace& place, bool is_root);
  Result<void> note_anchor(const SchemaPlace& place, std::string_view name, JsonValue schema);
  Result<SchemaPlace> follow_pointer(SchemaPlace place, std::string_view pointer, std::string_view reference);
  Result<std::uint32_t> resource_named(const std::string& uri, std::string_view reference);
  Result<Dialect> read_dialect(const SchemaPlace& place, Dialect otherwise) const;
  std::unexpected<Error> refuse(const SchemaPlace& place, JsonValue at, const std::string& what) const;

  std::deque<SchemaDocument>& documents_;
  const SchemaCheck check_;
  std::vector<SchemaResource> resources_;
  TextMap<std::uint32_t> resource_by_uri_;
  // Every subschema found, by document and offset, with its resource.
  std::unordered_map<std::uint64_t, std::uint32_t> resource_of_;
};

// The keywords of a dialect whose values are schemas, which `visit` is called with: in that member, in its list, or by name.
void for_each_subschema(JsonValue schema, Dialect dialect, const std::function<void(JsonValue)>& visit);

// The dialect that `$schema` names; `otherwise` if there is none. Errors: invalid_argument for one that is neither of ours.
Result<Dialect> declared_dialect(JsonValue schema, Dialect otherwise);

}  // namespace orc
