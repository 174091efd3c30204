#pragma once

#include <CLI/CLI.hpp>

#include "app/settings.h"

namespace orc {

// Those that say where the data is, for `orc serve` and every command that works on the files themselves; --env-file among them.
void add_place_flags(CLI::App& command, RawSettings& raw);

// The flags of `orc serve`, each with its environment variable; a flag wins. `raw` must outlive `command`.
void add_serve_flags(CLI::App& command, RawSettings& raw);

// Adds `orc serve` to `app`. `raw` must outlive it.
CLI::App* add_serve_command(CLI::App& app, RawSettings& raw);

// Puts NAME=value lines of a file into the environment where the name is not set yet. Comments start with #; quotes around a value are
// removed. Gives the names that it has. Errors: invalid_argument, naming the file and the line.
Result<std::vector<std::string>> load_env_file(const std::string& path);

// The path behind --env-file in an argument list, if it is there: it has to be read before the flags look into the environment.
std::optional<std::string> env_file_argument(int count, const char* const* arguments);

}  // namespace orc
