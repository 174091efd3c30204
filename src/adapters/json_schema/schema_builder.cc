#include "adapters/json_schema/schema_builder.h"

#include <utility>

#include "adapters/json_schema/schema_cycles.h"

namespace orc {
namespace {

constexpr std::size_t faults_told_max = 20;

std::string joined(const std::vector<std::string>& faults) {
  std::string text;
  for (const std::string& fault : faults) text += (text.empty() ? "" : "; ") + fault;
  return text;
}

}  // namespace

SchemaBuilder::SchemaBuilder(const SchemaLimits& limits, SchemaSources::SchemaCheck check)
    : limits_(limits), graph_(std::make_unique<SchemaGraph>()), sources_(graph_->documents, std::move(check)) {}

Result<std::unique_ptr<const SchemaGraph>> SchemaBuilder::build(std::string text, std::string_view uri) {
  const auto root = sources_.add(std::move(text), uri, limits_.text);
  if (!root) return std::unexpected(root.error());
  id_of(*root);
  if (auto built = build_waiting(); !built) return pass_on(built);
  if (const auto cycle = find_endless_schema(*graph_)) {
    return fail(ErrorCode::invalid_argument, sources_.pointer(places_[*cycle], places_[*cycle].value) +
                                                 ": the schema leads back to itself for the same value, which would never end");
  }
  return std::move(graph_);
}

Result<void> SchemaBuilder::build_waiting() {
  while (built_ < graph_->nodes.size()) {
    for (; built_ < graph_->nodes.size() && !is_too_large_; ++built_) read_schema(static_cast<SchemaId>(built_));
    if (!faults_.empty()) return fail(ErrorCode::invalid_argument, joined(faults_));
    if (auto built = build_dynamic_anchors(); !built) return built;
  }
  return {};
}

// A dynamic reference may lead to the anchor of that name in any resource; which, is known only while a value is checked.
Result<void> SchemaBuilder::build_dynamic_anchors() {
  const auto& resources = sources_.resources();
  graph_->dynamic_anchors.resize(resources.size());
  for (std::uint32_t i = 0; i < resources.size(); ++i) {
    for (const auto& [name, schema] : resources[i].dynamic_anchors) {
      const auto number = dynamic_anchor_numbers_.find(name);
      if (number == dynamic_anchor_numbers_.end()) continue;
      graph_->dynamic_anchors[i].emplace(number->second, id_of(sources_.place_of(schema, resources[i].root.document, i)));
    }
  }
  return {};
}

SchemaId SchemaBuilder::id_of(const SchemaPlace& place) {
  const std::uint64_t key = (std::uint64_t{place.document} << 32) | place.value.offset();
  const auto [known, added] = id_by_place_.emplace(key, static_cast<SchemaId>(graph_->nodes.size()));
  if (!added) return known->second;
  if (graph_->nodes.size() == limits_.subschemas_max) {
    is_too_large_ = true;
    faults_ = {"more subschemas than the limit of " + std::to_string(limits_.subschemas_max)};
  }
  SchemaNode& node = graph_->nodes.emplace_back();
  node.resource = place.resource;
  places_.push_back(place);
  return known->second;
}

SchemaId SchemaBuilder::id_of_inner(const Keyword& keyword, JsonValue inner) {
  return id_of(sources_.place_of(inner, keyword.schema.document, keyword.schema.resource));
}

std::vector<SchemaId> SchemaBuilder::ids_of_list(const Keyword& keyword) {
  std::vector<SchemaId> ids;
  for (const auto element : keyword.value.elements()) ids.push_back(id_of_inner(keyword, element));
  return ids;
}

void SchemaBuilder::read_schema(SchemaId id) {
  const SchemaPlace place = places_[id];
  if (const auto truth = place.value.as_boolean()) {
    graph_->nodes[id].truth = *truth ? SchemaNode::Truth::always : SchemaNode::Truth::never;
    return;
  }
  const Dialect dialect = sources_.dialect_of(place);
  const bool only_reference = dialect == Dialect::draft_07 && place.value.find("$ref").has_value();
  std::string scratch;
  for (const auto& member : place.value.members()) {
    const std::string_view name = member.key.string(scratch);
    if (only_reference && name != "$ref") continue;
    const Reader reader = reader_of(name, dialect);
    if (reader != nullptr) (this->*reader)({.schema = place, .name = name, .value = member.value, .id = id});
    if (is_too_large_) return;
  }
}

void SchemaBuilder::refuse(const Keyword& keyword, const std::string& what) {
  note(sources_.pointer(keyword.schema, keyword.value) + ": " + what);
}

void SchemaBuilder::note(std::string fault) {
  if (faults_.size() < faults_told_max) faults_.push_back(std::move(fault));
}

namespace {

template <typename T>
T& made(std::unique_ptr<T>& rules) {
  if (!rules) rules = std::make_unique<T>();
  return *rules;
}

}  // namespace

NumberRules& SchemaBuilder::number(const Keyword& keyword) { return made(graph_->nodes[keyword.id].number); }
StringRules& SchemaBuilder::string(const Keyword& keyword) { return made(graph_->nodes[keyword.id].string); }
ArrayRules& SchemaBuilder::array(const Keyword& keyword) { return made(graph_->nodes[keyword.id].array); }
ObjectRules& SchemaBuilder::object(const Keyword& keyword) { return made(graph_->nodes[keyword.id].object); }
InPlaceRules& SchemaBuilder::in_place(const Keyword& keyword) { return made(graph_->nodes[keyword.id].in_place); }

std::optional<EcmaPattern> SchemaBuilder::pattern(const Keyword& keyword, std::string_view text) {
  auto compiled = EcmaPattern::compile(text);
  if (!compiled) {
    refuse(keyword, "the pattern " + std::string(text.substr(0, 200)) + " cannot be used: " + compiled.error().message);
    return std::nullopt;
  }
  graph_->patterns_memory += compiled->memory_max();
  if (graph_->patterns_memory > limits_.patterns_memory_max) {
    refuse(keyword, "the patterns may need more memory than the limit of " + std::to_string(limits_.patterns_memory_max) + " bytes");
    return std::nullopt;
  }
  return std::move(*compiled);
}

}  // namespace orc
