#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "domain/plugin/warm_terms.h"

namespace orc {

enum class PluginLanguage : std::uint8_t { python, cpp, shell };

struct TemplateFile {
  std::string name;
  std::string text;
  bool is_executable = false;
};

// The files of a new plugin of that name, plugin.json and input.json among them: a small working program in that language and mode. The
// kit that it may be written with is not among them (plugin_kits.h). Pure. Preconditions: is_plugin_name(name); a shell has no mode warm.
std::vector<TemplateFile> plugin_template(PluginLanguage language, PluginMode mode, const std::string& name);

}  // namespace orc
