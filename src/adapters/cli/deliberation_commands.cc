#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/deliberation_view.h"
#include "adapters/cli/deliberation_waiting.h"
#include "adapters/cli/deliberation_watching.h"

namespace orc {
namespace {

struct DeliberationListOptions {
  std::string status;
  int limit = 20;
  int skip = 0;
  bool everybodys = false;
};

Outcome<ExitCode> list_deliberations(ClientContext& context, ApiClient& client, const DeliberationListOptions& options) {
  std::string target = "/api/v1/deliberations?limit=" + std::to_string(options.limit) + "&skip=" + std::to_string(options.skip);
  if (!options.status.empty()) target += "&status=" + percent_encoded(options.status);
  if (options.everybodys) target += "&scope=all";
  return show_reply(context, client.get(target), [&context](JsonValue page) -> Outcome<ExitCode> {
    const auto items = page.find("items");
    if (!items) return stop_with(ExitCode::internal, "the server's answer has no items");
    const auto table = table_of_deliberations(*items);
    if (!table.is_empty()) table.print(context.out, context.terminal);
    context.out << coloured(context.terminal, Colour::grey, std::to_string(items->size()) + " of " + text_of(page, "total")) << "\n";
    return ExitCode::ok;
  });
}

void add_list_of_deliberations(CLI::App& deliberation, ClientContext& context) {
  auto* command = deliberation.add_subcommand("list", "List deliberations, the newest first");
  const auto options = std::make_shared<DeliberationListOptions>();
  command->add_option("--status", options->status, "running, completed, failed or cancelled")
      ->check(CLI::IsMember({"running", "completed", "failed", "cancelled"}));
  command->add_option("--limit", options->limit, "So many at most (20)")->check(CLI::Range(1, 1000));
  command->add_option("--skip", options->skip, "Leave out so many of the newest")->check(CLI::NonNegativeNumber);
  command->add_flag("--all", options->everybodys, "Everybody's, and those that came over gRPC, for administrators");
  add_client_action(*command, context,
                    "Examples:\n  orc deliberation list --status running\n  orc deliberation list --json | jq '.items[].result.proposal'",
                    [&context, options](ApiClient& client) { return list_deliberations(context, client, *options); });
}

void add_get_deliberation(CLI::App& deliberation, ClientContext& context) {
  auto* command = deliberation.add_subcommand("get", "Show one deliberation: its agents, the decision, and what it cost");
  const auto id = std::make_shared<std::string>();
  command->add_option("ID", *id, "Id of the deliberation")->required();
  add_client_action(
      *command, context,
      "Examples:\n  orc deliberation get deliberation-t1-1767225600-4f2a\n  orc deliberation get ID --json | jq '.calls[].text'",
      [&context, id](ApiClient& client) {
        return show_reply(context, client.get_large_when_there_is_room(deliberation_path(*id)), [&context](JsonValue shown) {
          print_deliberation(context, shown);
          return ExitCode::ok;
        });
      });
}

Outcome<ExitCode> watch_to_the_end(ClientContext& context, ApiClient& client, const std::string& id) {
  if (auto watched = watch_deliberation(context, client, id, std::chrono::steady_clock::time_point::max()); !watched)
    return std::unexpected(watched.error());
  auto ended = wait_for_deliberation(context, client, id, deliberation_end_grace);
  if (!ended) return std::unexpected(ended.error());
  return show_ended_deliberation(context, *ended);
}

void add_watch_deliberation(CLI::App& deliberation, ClientContext& context) {
  auto* command = deliberation.add_subcommand("watch", "Follow one from its beginning to its end, its agents side by side; then show it");
  const auto id = std::make_shared<std::string>();
  command->add_option("ID", *id, "Id of the deliberation")->required();
  add_client_action(
      *command, context,
      "Examples:\n  orc deliberation watch deliberation-t1-1767225600-4f2a\n  orc deliberation watch ID --json | jq -r .text\n\nWith "
      "--json each event is a line, and the record the last one.\nExit code 1: it ended without a decision.",
      [&context, id](ApiClient& client) { return watch_to_the_end(context, client, *id); });
}

void add_cancel_deliberation(CLI::App& deliberation, ClientContext& context) {
  auto* command = deliberation.add_subcommand("cancel", "Cancel a deliberation: its calls to models are hung up on");
  const auto id = std::make_shared<std::string>();
  command->add_option("ID", *id, "Id of the deliberation")->required();
  add_client_action(*command, context, "Example:\n  orc deliberation cancel deliberation-t1-1767225600-4f2a",
                    [&context, id](ApiClient& client) {
                      return show_reply(context, client.send("POST", deliberation_path(*id) + "/cancel", {}), [&context](JsonValue shown) {
                        context.out << "deliberation " << text_of(shown, "deliberation_id") << " " << text_of(shown, "status") << "\n";
                        return ExitCode::ok;
                      });
                    });
}

Outcome<ExitCode> replay_deliberation(ClientContext& context, ApiClient& client, const std::string& id) {
  return show_reply(context, client.get_large_when_there_is_room(deliberation_path(id) + "/replay"),
                    [&context, &id](JsonValue both) -> Outcome<ExitCode> {
                      const auto same = both.find("same");
                      if (!same || !same->as_boolean().value_or(false))
                        return stop_with(ExitCode::negative, id + " is decided otherwise now; --json shows both ends");
                      context.out << id << " is decided as it was, to the byte\n";
                      if (const auto end = both.find("replayed"))
                        if (const auto decision = end->find("decision")) context.out << printable(text_of(*decision, "proposal")) << "\n";
                      return ExitCode::ok;
                    });
}

void add_replay_deliberation(CLI::App& deliberation, ClientContext& context) {
  auto* command = deliberation.add_subcommand("replay", "Decide an ended one again out of its record, with no model");
  const auto id = std::make_shared<std::string>();
  command->add_option("ID", *id, "Id of the deliberation")->required();
  add_client_action(*command, context,
                    "Example:\n  orc deliberation replay deliberation-t1-1767225600-4f2a\n\nExit code 0: the end is the same to the byte.",
                    [&context, id](ApiClient& client) { return replay_deliberation(context, client, *id); });
}

}  // namespace

void add_deliberation_commands(CLI::App& app, ClientContext& context) {
  auto* deliberation = app.add_subcommand("deliberation", "List, look at, watch and cancel deliberations");
  deliberation->require_subcommand(1);
  deliberation->footer(
      "Examples:\n  orc deliberation list\n  orc deliberation get deliberation-t1-1767225600-4f2a\n\nTo begin one: orc deliberate");
  add_list_of_deliberations(*deliberation, context);
  add_get_deliberation(*deliberation, context);
  add_watch_deliberation(*deliberation, context);
  add_cancel_deliberation(*deliberation, context);
  add_replay_deliberation(*deliberation, context);
}

}  // namespace orc
