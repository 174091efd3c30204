#pragma once

#include <vector>

#include "adapters/json/field_reader.h"
#include "domain/plugin/plugin.h"

namespace orc {

// "mode" and the object "warm", over what `spec` holds. Null puts the defaults back. Faults inside the object go to `faults`, others to
// `body`.
void read_plugin_mode(FieldReader& body, PluginSpec& spec, std::vector<FieldFault>& faults);

}  // namespace orc
