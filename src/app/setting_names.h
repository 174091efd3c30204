#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace orc {

// Names of variables that begin as ours and that no command of `app` reads are misspelt: a setting that somebody believes in. Every flag
// has been added to `app`.

// What is wrong with the name, with the one that was probably meant; nothing, if a command reads it or it is not ours.
std::optional<std::string> fault_of_setting_name(const CLI::App& app, std::string_view name);

// The same for each variable of this process's environment.
std::vector<std::string> faults_of_environment(const CLI::App& app);

}  // namespace orc
