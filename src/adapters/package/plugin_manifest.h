#pragma once

#include <string_view>

#include "domain/draft.h"
#include "domain/plugin/plugin.h"
#include "ports/plugin_store.h"

namespace orc {

// A plugin as JSON describes it, in plugin.json and in the registry's bodies alike (contract sections 2 and 12): name, version,
// description, docker_image_url (or docker_image, its older name) or command, input_schema, output_schema, limits, retry, env, mode, warm,
// network and where it may run. Unknown fields are ignored. Schemas are taken as the bytes that came. Reading judges form; what the values
// mean, and who may say so, is judged by the use case.
//
// Both are pure, for any thread, and collect all faults of form, each at its place in the object; a text that is no JSON is one fault of
// the whole.
Draft<NewPlugin> read_new_plugin(std::string_view json);

// A partial update (PUT): what is absent stays as it is in `current`; a schema that is null is taken away. An image takes the place of a
// command with its folder, and a command that of an image; null for what runs, with nothing in its place, is a fault.
Draft<PluginChange> read_plugin_change(std::string_view json, const PluginSpec& current);

}  // namespace orc
