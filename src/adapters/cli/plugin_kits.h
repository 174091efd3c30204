#pragma once

#include <string>
#include <vector>

#include "adapters/cli/plugin_templates.h"

namespace orc {

// The program with a kit that a new plugin in that language begins with, as main.py or main.cc; it runs in either mode. Pure.
// Precondition: it is no shell.
std::string program_with_kit(PluginLanguage language);

// The kit that a new plugin in that language and mode is written with (plugins/sdk/), as it was when this program was built; none for a
// shell, and for Python only where the plugin stays up. Pure.
std::vector<TemplateFile> plugin_kit(PluginLanguage language, PluginMode mode);

}  // namespace orc
