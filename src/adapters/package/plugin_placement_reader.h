#pragma once

#include <vector>

#include "adapters/json/field_reader.h"
#include "domain/plugin/plugin.h"

namespace orc {

// Where a plugin's runs may go: the object "resources", "isolation" and "worker_labels", over what `spec` holds. Null takes away what was
// declared. Faults inside objects go to `faults`, others to `body`.
void read_plugin_placement(FieldReader& body, PluginSpec& spec, std::vector<FieldFault>& faults);

}  // namespace orc
