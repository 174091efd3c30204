#pragma once

#include <CLI/CLI.hpp>

#include "app/runner_settings.h"

namespace orc {

// The flags of `orc runner` and `orc-runner`, each with its environment variable; a flag wins. `raw` must outlive `command`.
void add_runner_flags(CLI::App& command, RawRunnerSettings& raw);

// Adds `orc runner` to `app`. `raw` must outlive it.
CLI::App* add_runner_command(CLI::App& app, RawRunnerSettings& raw);

}  // namespace orc
