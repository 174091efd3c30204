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
    if (!option->get_envname().empty()) names.push_back(option->get_envname());
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) add_names(*command, names);
}

std::vector<std::string> known_names(const CLI::App& app) {
  std::vector<std::string> names = {"ORC_TLS_CERT", "ORC_TLS_KEY", "ORC_TRUSTED_PROXIES"};  // refused in words of their own
  add_names(app, names);
  return names;
}

bool holds(const std::vector<std::string>& names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

std::string means_nothing(std::string_view name, const std::string& advice) { return std::string(name) + " means nothing; " + advice; }

}  // namespace

std::optional<std::string> misspelling(const CLI::App& app, std::string_view name) {
  const auto known = known_names(app);
  if (!name.starts_with(ours) || holds(known, name)) return {};
  const std::string_view without_ours = name.substr(ours.size());
  const auto meant = holds(known, without_ours) ? std::optional(std::string(without_ours)) : nearest_word(name, known);
  if (!meant) return {};
  return means_nothing(name, "did you mean " + *meant + "?");
}

std::optional<std::string> unknown_setting(const CLI::App& app, std::string_view name) {
  if (!name.starts_with(ours) || holds(known_names(app), name)) return {};
  return means_nothing(name, "--help names what does");
}

std::vector<std::string> misspellings_of_environment(const CLI::App& app) {
  std::vector<std::string> found;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (auto fault = misspelling(app, text.substr(0, text.find('=')))) found.push_back(std::move(*fault));
  }
  return found;
}

}  // namespace orc
