#include "adapters/cli/plugin_kits.h"

#include <cstddef>

namespace orc {
namespace {

constexpr char python_kit[] = {
#embed "../../../plugins/sdk/python/orc_plugin.py"
};
constexpr char python_program[] = {
#embed "../../../plugins/sdk/python/new_plugin.py"
};
constexpr char cpp_kit[] = {
#embed "../../../plugins/sdk/cpp/orc_plugin.h"
};
constexpr char cpp_json[] = {
#embed "../../../plugins/sdk/cpp/orc_json.h"
};

constexpr char cpp_program[] = {
#embed "../../../plugins/sdk/cpp/new_plugin.cc"
};

template <std::size_t size>
std::string text_of(const char (&bytes)[size]) {
  return {bytes, size};
}

}  // namespace

std::string program_with_kit(PluginLanguage language) {
  switch (language) {
    case PluginLanguage::python:
      return text_of(python_program);
    case PluginLanguage::cpp:
      return text_of(cpp_program);
    case PluginLanguage::shell:
      break;
  }
  return {};
}

std::vector<TemplateFile> plugin_kit(PluginLanguage language, PluginMode mode) {
  switch (language) {
    case PluginLanguage::python:
      if (mode == PluginMode::once) return {};
      return {{.name = "orc_plugin.py", .text = text_of(python_kit)}};
    case PluginLanguage::cpp:
      return {{.name = "orc_plugin.h", .text = text_of(cpp_kit)}, {.name = "orc_json.h", .text = text_of(cpp_json)}};
    case PluginLanguage::shell:
      return {};
  }
  return {};
}

}  // namespace orc
