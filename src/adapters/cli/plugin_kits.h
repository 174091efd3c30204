#pragma once

#include <string>
#include <vector>

#include "adapters/cli/plugin_templates.h"

namespace orc {

// The program that a new plugin in that language begins with if it stays up, as main.py or main.cc beside its kit. Pure.
// Precondition: it is no shell.
std::string program_with_kit(PluginLanguage language);

// The kit for plugins in that language that stay up (plugins/sdk/), as it was when this program was built; none for a shell. Pure.
std::vector<TemplateFile> plugin_kit(PluginLanguage language);

}  // namespace orc
