#pragma once

#include <CLI/CLI.hpp>

namespace orc {

// Adds `orc migrate` and `orc backup`, which work on the data folder itself. `exit_code` must outlive `app` and is set by the one that ran
// (adapters/cli/exit_code.h tells the numbers).
void add_data_commands(CLI::App& app, int& exit_code);

}  // namespace orc
