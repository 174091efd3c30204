#include <CLI/CLI.hpp>
#include <iostream>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/parser_words.h"
#include "app/data_commands.h"
#include "app/model_stub_command.h"
#include "app/nats_check.h"
#include "app/offline_users.h"
#include "app/program_path.h"
#include "app/runner.h"
#include "app/runner_command.h"
#include "app/serve.h"
#include "app/serve_command.h"
#include "app/setting_names.h"

namespace {

orc::ClientContext make_context() {
  return {.in = std::cin,
          .out = std::cout,
          .err = std::cerr,
          .terminal = orc::look_at_terminal(orc::process_environment),
          .environment = orc::process_environment,
          .data_dir = orc::default_data_dir(),
          .launcher = orc::find_launcher().value_or(""),
          .open_offline_users = orc::open_offline_users,
          .check_nats = orc::check_nats};
}

int refuse(const std::string& words) {
  std::cerr << "orc: " << words << '\n';
  return static_cast<int>(orc::ExitCode::usage);
}

// Who misspelt a setting goes on without it: the environment may hold names of others, so they are no reason to stay away.
void warn_of_names(const CLI::App& app, const std::vector<std::string>& names_of_file) {
  auto warnings = orc::misspellings_of_environment(app);
  for (const std::string& name : names_of_file)
    if (auto unknown = orc::unknown_setting(app, name)) warnings.push_back("--env-file: " + std::move(*unknown));
  for (const std::string& warning : warnings) std::cerr << "orc: warning: " << warning << '\n';
}

int run(int count, char** arguments) {
  std::vector<std::string> names_of_file;
  if (const auto path = orc::env_file_argument(count, arguments)) {
    auto loaded = orc::load_env_file(*path);
    if (!loaded) return refuse(loaded.error().message);
    names_of_file = std::move(*loaded);
  }

  CLI::App app{"orc runs other people's code and models as jobs: safely, durably and fast.", "orc"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "orc " ORC_VERSION);
  orc::ClientContext context = make_context();
  orc::RawSettings settings;
  orc::RawRunnerSettings runner_settings;
  orc::RawModelStub model_stub;
  int data_exit_code = 0;
  orc::add_client_commands(app, context);
  CLI::App* const serve = orc::add_serve_command(app, settings);
  CLI::App* const runner = orc::add_runner_command(app, runner_settings);
  CLI::App* const stub = orc::add_model_stub_command(app, model_stub);
  orc::add_data_commands(app, data_exit_code);
  orc::word_help(app);
  for (const std::string& name : names_of_file)
    if (const auto fault = orc::misspelling(app, name)) return refuse("--env-file: " + *fault);

  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return static_cast<int>(orc::explain(app, error, std::cout, std::cerr));  // --help ends here too
  }
  if (serve->parsed() || runner->parsed()) warn_of_names(app, names_of_file);
  if (serve->parsed()) return orc::serve(settings);
  if (runner->parsed()) return orc::run_runner(runner_settings);
  if (stub->parsed()) return orc::run_model_stub(model_stub);
  return data_exit_code != 0 ? data_exit_code : static_cast<int>(context.exit_code);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run(count, arguments);
  } catch (const std::exception& error) {  // that nobody foresaw: words and a number all the same
    std::cerr << "orc: internal fault: " << error.what() << '\n';
    return static_cast<int>(orc::ExitCode::internal);
  }
}
