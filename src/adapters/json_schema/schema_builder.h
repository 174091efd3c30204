#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "adapters/json_schema/json_schema.h"
#include "adapters/json_schema/schema_graph.h"
#include "adapters/json_schema/schema_sources.h"

namespace orc {

// SchemaBuilder turns a schema's text into a SchemaGraph: each subschema that can be reached becomes a node, each keyword a rule of it.
// For one use.
class SchemaBuilder {
 public:
  SchemaBuilder(const SchemaLimits& limits, SchemaSources::SchemaCheck check);

  // `uri` names the text if it does not name itself. Errors: as SchemaCompiler::compile.
  Result<std::unique_ptr<const SchemaGraph>> build(std::string text, std::string_view uri);

 private:
  // What is being read: one keyword of one subschema.
  struct Keyword {
    SchemaPlace schema;  // that has the keyword
    std::string_view name;
    JsonValue value;
    SchemaId id;  // of the schema; the node may move while others are added
  };
  using Reader = void (SchemaBuilder::*)(const Keyword&);
  struct KeywordRule;
  static const KeywordRule keyword_rules[];
  static Reader reader_of(std::string_view keyword, Dialect dialect);

  Result<void> build_waiting();
  Result<void> build_dynamic_anchors();
  void read_schema(SchemaId id);
  // Notes what is wrong and goes on, so that one answer tells all; the caller leaves the keyword out.
  void refuse(const Keyword& keyword, const std::string& what);
  void note(std::string fault);

  // The node of a subschema, made when it is met first.
  SchemaId id_of(const SchemaPlace& place);
  SchemaId id_of_inner(const Keyword& keyword, JsonValue inner);
  std::optional<SchemaId> id_of_reference(const Keyword& keyword);
  std::vector<SchemaId> ids_of_list(const Keyword& keyword);

  NumberRules& number(const Keyword& keyword);
  StringRules& string(const Keyword& keyword);
  ArrayRules& array(const Keyword& keyword);
  ObjectRules& object(const Keyword& keyword);
  InPlaceRules& in_place(const Keyword& keyword);
  std::optional<EcmaPattern> pattern(const Keyword& keyword, std::string_view text);

  void read_type(const Keyword& keyword);
  void read_enumeration(const Keyword& keyword);
  void read_constant(const Keyword& keyword);
  void read_number_bound(const Keyword& keyword);
  void read_count(const Keyword& keyword);
  void read_pattern(const Keyword& keyword);
  void read_unique(const Keyword& keyword);
  void read_items(const Keyword& keyword);
  void read_prefix(const Keyword& keyword);
  void read_additional_items(const Keyword& keyword);
  void read_required(const Keyword& keyword);
  void read_properties(const Keyword& keyword);
  void read_pattern_properties(const Keyword& keyword);
  void read_dependencies(const Keyword& keyword);
  void read_inner_schema(const Keyword& keyword);
  void read_list_of_schemas(const Keyword& keyword);
  void read_reference(const Keyword& keyword);
  void read_dynamic_reference(const Keyword& keyword);

  const SchemaLimits limits_;
  std::unique_ptr<SchemaGraph> graph_;
  SchemaSources sources_;
  std::vector<SchemaPlace> places_;  // of each node
  std::size_t built_ = 0;
  std::unordered_map<std::uint64_t, SchemaId> id_by_place_;
  TextMap<std::uint32_t> dynamic_anchor_numbers_;
  std::vector<std::string> faults_;  // up to faults_told_max
  bool is_too_large_ = false;        // then it is read no further
};

}  // namespace orc
