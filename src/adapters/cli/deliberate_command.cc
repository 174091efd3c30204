#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/deliberation_question.h"
#include "adapters/cli/deliberation_waiting.h"
#include "adapters/cli/deliberation_watching.h"

namespace orc {
namespace {

struct DeliberateOptions {
  DeliberationQuestion question;
  bool does_not_wait = false;
  bool watches = false;
};

// It goes on and costs, whatever becomes of us: whoever loses sight of it must know its name.
Failure with_id(Failure failure, const std::string& id) {
  if (!failure.message.contains(id))
    failure.message += "\n" + id + " may go on; orc deliberation watch " + id + " follows it, orc deliberation cancel " + id + " ends it";
  return failure;
}

Outcome<ExitCode> follow(ClientContext& context, ApiClient& client, const DeliberateOptions& options, const std::string& id) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{options.question.timeout_seconds} + deliberation_end_grace;
  if (options.watches || (context.terminal.err_is_terminal && !context.flags.as_json))
    if (auto watched = watch_deliberation(context, client, id, until); !watched) return std::unexpected(watched.error());
  const auto patience = std::chrono::floor<std::chrono::seconds>(until - std::chrono::steady_clock::now());
  auto ended = wait_for_deliberation(context, client, id, patience);
  if (!ended) return std::unexpected(ended.error());
  return show_ended_deliberation(context, *ended);
}

Outcome<ExitCode> deliberate(ClientContext& context, ApiClient& client, const DeliberateOptions& options) {
  const auto body = deliberation_body(context, options.question);
  if (!body) return std::unexpected(body.error());
  auto taken = client.send("POST", "/api/v1/deliberations", *body);
  if (!taken) return std::unexpected(taken.error());
  const auto answer = taken->json();
  if (!answer) return std::unexpected(answer.error());
  const std::string id = text_of(*answer, "deliberation_id");
  if (options.does_not_wait) {
    context.out << (context.flags.as_json ? taken->body() : id) << "\n";
    return ExitCode::ok;
  }
  if (!context.flags.as_json)
    context.err << printable(id) << " is under way; orc deliberation cancel " << printable(id) << " ends it" << std::endl;
  auto followed = follow(context, client, options, id);
  if (!followed) return std::unexpected(with_id(std::move(followed).error(), id));
  return followed;
}

}  // namespace

void add_deliberate_command(CLI::App& app, ClientContext& context) {
  auto* command = app.add_subcommand("deliberate", "Put a question to several models and print their decision");
  const auto options = std::make_shared<DeliberateOptions>();
  add_question_options(*command, options->question);
  command->add_flag("--watch", options->watches,
                    "Follow it, as it is done on a terminal, where the agents stand side by side; with --json each event is a line");
  command->add_flag("--no-wait", options->does_not_wait, "Print the deliberation's id and leave it running")->excludes("--watch");
  add_client_action(*command, context,
                    "Examples:\n  orc deliberate \"Name a prime above 10.\" --agents 5 --preset vote --extract number --model m --endpoint "
                    "http://127.0.0.1:8000\n  orc deliberate @task.txt --preset best_of_n --samples 4 --verifier check-patch\n  orc "
                    "deliberate - --preset cascade --model small --model small --model large --strong 1 < task.txt\n  id=$(orc deliberate "
                    "\"Why?\" --no-wait); orc deliberation get $id\n\nExit code 1: it ended without a decision, or was cancelled.",
                    [&context, options](ApiClient& client) { return deliberate(context, client, *options); });
}

}  // namespace orc
