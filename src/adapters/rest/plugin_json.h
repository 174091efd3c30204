#pragma once

#include <string>

#include "adapters/json/json_writer.h"
#include "domain/plugin/plugin.h"

namespace orc {

// A plugin as answers show it: the fields of contract section 2, then ours. Schemas are the bytes that came. `env` is left away, as
// readers need no login on the registry's port and its values may be secrets.
void write_plugin(JsonWriter& json, const Plugin& plugin);
std::string plugin_text(const Plugin& plugin);

void write_plugin_version(JsonWriter& json, const PluginVersion& version, PluginVersionId current);

}  // namespace orc
