#pragma once

#include <expected>
#include <string>
#include <vector>

#include "adapters/json/field_fault.h"
#include "adapters/json/json_value.h"
#include "domain/plugin/plugin.h"
#include "domain/result.h"
#include "ports/plugin_store.h"

namespace orc {

// A plugin as JSON describes it, in plugin.json and in the registry's bodies alike (contract sections 2 and 12): name, version,
// description, docker_image_url (or docker_image) or command, input_schema, output_schema, limits, retry, env. Unknown fields are ignored.
// What would change how a plugin runs and is not built yet (mode warm, network host, limits.queue_seconds, gpus and custom resources) is
// refused in words. Schemas are taken as the bytes that came; whether they are good ones is judged by the use case.

// All faults at once, each with its place below `place`: {"body"} for a request, {} for a file.
template <typename T>
using ManifestResult = std::expected<T, std::vector<FieldFault>>;

ManifestResult<NewPlugin> read_new_plugin(JsonValue object, const FieldPlace& place);

// A partial update (PUT): what is absent stays as it is in `current`; a schema that is null is taken away. An image takes the place of a
// command with its folder, and a command that of an image.
ManifestResult<PluginChange> read_plugin_change(JsonValue object, const FieldPlace& place, const PluginSpec& current);

// The plugin that the bytes of a plugin.json describe. Errors: invalid_argument, one sentence that names every fault.
Result<NewPlugin> parse_plugin_manifest(std::string_view json);

}  // namespace orc
