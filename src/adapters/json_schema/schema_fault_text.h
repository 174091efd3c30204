#pragma once

#include <string>
#include <vector>

#include "adapters/json_schema/schema_check.h"

namespace orc {

// The sentence for a person: where in `root` and why. `alternatives` are those of the check that made the fault.
std::string fault_text(const SchemaGraph& graph, JsonValue root, const SchemaFault& fault, const std::vector<SchemaFault>& alternatives);

}  // namespace orc
