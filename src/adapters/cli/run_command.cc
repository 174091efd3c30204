#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/job_view.h"
#include "adapters/cli/job_waiting.h"
#include "adapters/cli/submission.h"

namespace orc {
namespace {

constexpr std::chrono::seconds first_wait{20};  // how long the submission itself may wait for the end

struct RunOptions {
  Submission submission;
  int patience_seconds = 3600;
};

// The result goes to the output as it came; what went wrong to the error output.
Outcome<ExitCode> show_end(ClientContext& context, ApiReply& reply) {
  const auto job = reply.json();
  if (!job) return std::unexpected(job.error());
  const std::string status = text_of(*job, "status");
  if (context.flags.as_json) {
    context.out << reply.body() << "\n";
  } else if (status == "completed") {
    context.out << text_of(*job, "result") << "\n";
  } else {
    const std::string id = text_of(*job, "id");
    context.err << coloured(context.terminal, Colour::red, "job " + id + " " + status) << ": " << printable(text_of(*job, "error_message"))
                << "\nIts log: orc job logs " << id << "\n";
  }
  return status == "completed" ? ExitCode::ok : ExitCode::negative;
}

Outcome<ExitCode> run(ClientContext& context, ApiClient& client, const RunOptions& options) {
  const auto body = submission_body(context, options.submission);
  if (!body) return std::unexpected(body.error());
  const std::chrono::seconds patience{options.patience_seconds};
  auto submitted = client.send("POST", "/api/v1/jobs?wait=" + std::to_string(std::min(first_wait, patience).count()), *body);
  if (!submitted) return std::unexpected(submitted.error());
  if (submitted->status() == 200) return show_end(context, *submitted);
  const auto job = submitted->json();
  if (!job) return std::unexpected(job.error());
  auto ended = wait_for_job(context, client, text_of(*job, "id"), patience - std::min(first_wait, patience));
  if (!ended) return std::unexpected(ended.error());
  return show_end(context, *ended);
}

}  // namespace

void add_run_command(CLI::App& app, ClientContext& context) {
  auto* command = app.add_subcommand("run", "Run a plugin on an input, wait, and print the result");
  const auto options = std::make_shared<RunOptions>();
  add_submission_options(*command, options->submission);
  command->add_option("--wait", options->patience_seconds, "Seconds to wait for the end at most (3600)")->check(CLI::Range(0, 7 * 86'400));
  add_client_action(*command, context,
                    std::string("Examples:\n"
                                "  orc run example-classifier '{\"features\": [2.5, 3.5]}'\n"
                                "  orc run example-processor @numbers.json --json | jq .result.result\n"
                                "  generate | orc run my-plugin -\n\n") +
                        exit_code_words,
                    [&context, options](ApiClient& client) { return run(context, client, *options); });
}

}  // namespace orc
