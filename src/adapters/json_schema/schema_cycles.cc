#include "adapters/json_schema/schema_cycles.h"

namespace orc {
namespace {

std::vector<SchemaId> applied_in_place(const SchemaNode& node) {
  std::vector<SchemaId> ids;
  const auto add = [&ids](SchemaId id) {
    if (id != no_schema) ids.push_back(id);
  };
  if (node.in_place) {
    const InPlaceRules& rules = *node.in_place;
    for (const auto* list : {&rules.all_of, &rules.any_of, &rules.one_of}) ids.insert(ids.end(), list->begin(), list->end());
    for (const SchemaId id : {rules.reference, rules.not_fitting, rules.condition, rules.consequence, rules.alternative}) add(id);
  }
  if (node.object) {
    for (const auto& dependency : node.object->dependencies) add(dependency.schema);
  }
  return ids;
}

}  // namespace

std::optional<SchemaId> find_endless_schema(const SchemaGraph& graph) {
  enum class Mark : std::uint8_t { fresh, on_path, done };
  struct Step {
    SchemaId id;
    std::vector<SchemaId> next;
  };
  std::vector<Mark> marks(graph.nodes.size(), Mark::fresh);
  std::vector<Step> path;
  for (SchemaId start = 0; start < graph.nodes.size(); ++start) {
    if (marks[start] != Mark::fresh) continue;
    marks[start] = Mark::on_path;
    path.push_back({.id = start, .next = applied_in_place(graph.nodes[start])});
    while (!path.empty()) {
      if (path.back().next.empty()) {
        marks[path.back().id] = Mark::done;
        path.pop_back();
        continue;
      }
      const SchemaId next = path.back().next.back();
      path.back().next.pop_back();
      if (marks[next] == Mark::on_path) return next;
      if (marks[next] == Mark::done) continue;
      marks[next] = Mark::on_path;
      path.push_back({.id = next, .next = applied_in_place(graph.nodes[next])});
    }
  }
  return std::nullopt;
}

}  // namespace orc
