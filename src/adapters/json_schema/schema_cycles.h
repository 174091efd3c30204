#pragma once

#include <optional>

#include "adapters/json_schema/schema_graph.h"

namespace orc {

// A subschema that applies itself, over others, to the same value again: checking it would never end. Nothing when there is none.
// Dynamic references are left out: where they lead is known only while a value is checked, where the depth is bounded.
std::optional<SchemaId> find_endless_schema(const SchemaGraph& graph);

}  // namespace orc
