#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace orc {

// Names of variables that begin with ORC_ and that no command of `app` reads. Every flag has been added to `app`.

// In words, if the name is nearly one that is read, or one of those that have no ORC_ with it: somebody believes in a setting.
std::optional<std::string> misspelling(const CLI::App& app, std::string_view name);

// In words, if the name is ours and not read: misspelt beyond guessing, or somebody else's after all.
std::optional<std::string> unknown_setting(const CLI::App& app, std::string_view name);

// misspelling() of each variable of this process. What is unknown is left alone: where services find each other by variables, as in
// Kubernetes, one that is called orc gives everybody ORC_PORT and its like.
std::vector<std::string> misspellings_of_environment(const CLI::App& app);

}  // namespace orc
