#pragma once

#include <vector>

#include "adapters/json/field_reader.h"
#include "domain/plugin/plugin.h"

namespace orc {

// The object "limits" of a plugin, over what `limits` holds. The ranges are those of domain/plugin/plugin.h, told per field here so that
// every fault has its place. Faults inside the object go to `faults`, in another kind than an object to `body`.
void read_plugin_limits(FieldReader& body, PluginLimits& limits, std::vector<FieldFault>& faults);

// The object "retry", in the same way. Backoffs are seconds, fractions allowed.
void read_retry_policy(FieldReader& body, RetryPolicy& retry, std::vector<FieldFault>& faults);

}  // namespace orc
