#include <CLI/CLI.hpp>
#include <iostream>

#include "adapters/cli/parser_words.h"
#include "app/runner.h"
#include "app/runner_command.h"
#include "app/setting_names.h"

// orc-runner is `orc runner` alone, for hosts that have nothing else of Orc.
int main(int count, char** arguments) {
  CLI::App app{"orc-runner runs jobs of an Orc server on this host.", "orc-runner"};
  app.set_version_flag("--version", "orc-runner " ORC_VERSION);
  orc::RawRunnerSettings settings;
  orc::add_runner_flags(app, settings);
  orc::word_help(app);
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return static_cast<int>(orc::explain(app, error, std::cout, std::cerr));  // --help ends here too
  }
  for (const std::string& warning : orc::misspellings_of_environment(app)) std::cerr << "orc-runner: warning: " << warning << '\n';
  return orc::run_runner(settings);
}
