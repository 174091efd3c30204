#include "app/setting_names.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <unistd.h>

#include "adapters/cli/nearest_word.h"

namespace orc {
namespace {

constexpr std::string_view ours = "ORC_";

void add_names(const CLI::App& app, std::vector<std::string>& names) {
  for (const CLI::Option* option : app.get_options())
    if (option->get_envname().starts_with(ours)) names.push_back(option->get_envname());
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) add_names(*command, names);
}

std::vector<std::string> known_names(const CLI::App& app) {
  std::vector<std::string> names = {"ORC_TLS_CERT", "ORC_TLS_KEY", "ORC_TRUSTED_PROXIES"};  // refused in words of their own
  add_names(app, names);
  return names;
}

}  // namespace

std::optional<std::string> fault_of_setting_name(const CLI::App& app, std::string_view name) {
  if (!name.starts_with(ours)) return {};
  const auto known = known_names(app);
  if (std::ranges::find(known, name) != known.end()) return {};
  const auto nearest = nearest_word(name, known);
  return std::string(name) + " means nothing" + (nearest ? "; did you mean " + *nearest + "?" : "; .env.example has all that do");
}

std::vector<std::string> faults_of_environment(const CLI::App& app) {
  std::vector<std::string> faults;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (auto fault = fault_of_setting_name(app, text.substr(0, text.find('=')))) faults.push_back(std::move(*fault));
  }
  return faults;
}

}  // namespace orc
