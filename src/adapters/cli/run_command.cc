#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/run_to_end.h"
#include "adapters/cli/submission.h"

namespace orc {
namespace {

struct RunOptions {
  Submission submission;
  int patience_seconds = 3600;
};

Outcome<ExitCode> run(ClientContext& context, ApiClient& client, const RunOptions& options) {
  return run_to_end(context, client, options.submission, std::chrono::seconds{options.patience_seconds});
}

}  // namespace

void add_run_command(CLI::App& app, ClientContext& context) {
  auto* command = app.add_subcommand("run", "Run a plugin on an input, wait, and print the result");
  const auto options = std::make_shared<RunOptions>();
  add_submission_options(*command, options->submission);
  command
      ->add_option("--wait", options->patience_seconds,
                   "How long to wait for the end at most; 0 looks once, exit code 7 if it goes on (3600)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0, 7 * 86'400));
  add_client_action(*command, context,
                    "Examples:\n"
                    "  orc run example-classifier '{\"features\": [2.5, 3.5]}'\n"
                    "  orc run example-processor @numbers.json --json | jq .result.result\n"
                    "  generate | orc run my-plugin -\n"
                    "  orc run my-plugin '{\"columns\": 3}' --file table=big.csv",
                    [&context, options](ApiClient& client) { return run(context, client, *options); });
}

}  // namespace orc
