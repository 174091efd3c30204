#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace orc {

enum class PluginLanguage : std::uint8_t { python, cpp, shell };

struct TemplateFile {
  std::string name;
  std::string text;
  bool is_executable = false;
};

// The files of a new plugin of that name, plugin.json and input.json among them: a small working program in that language. Pure.
// Precondition: is_plugin_name(name).
std::vector<TemplateFile> plugin_template(PluginLanguage language, const std::string& name);

}  // namespace orc
