#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <set>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/job_view.h"
#include "adapters/cli/table.h"

namespace orc {
namespace {

Colour colour_of_state(std::string_view state) {
  if (state == "active") return Colour::green;
  return state == "lost" ? Colour::red : Colour::yellow;
}

Outcome<ExitCode> list_workers(ClientContext& context, ApiClient& client) {
  return show_reply(context, client.get("/api/v1/workers"), [&context](JsonValue page) {
    Table table({{.title = "ID", .align = Align::right},
                 {.title = "NAME", .width = Column::Width::may_shrink},
                 {.title = "STATE"},
                 {.title = "RUNNING", .align = Align::right},
                 {.title = "SLOTS", .align = Align::right},
                 {.title = "ISOLATION"},
                 {.title = "HOME"},
                 {.title = "SINCE"},
                 {.title = "LAST BEAT"}});
    if (const auto items = page.find("items"))
      for (const auto worker : items->elements()) {
        const std::string state = text_of(worker, "state");
        table.add({{text_of(worker, "id")},
                   {text_of(worker, "name")},
                   {state, colour_of_state(state)},
                   {text_of(worker, "running")},
                   {text_of(worker, "slots")},
                   {text_of(worker, "isolation")},
                   {text_of(worker, "home")},
                   {short_time(text_of(worker, "started_at"))},
                   {short_time(text_of(worker, "last_beat_at"))}});
      }
    table.print(context.out, context.terminal);
    std::set<std::string> warnings;  // workers of one host have the same
    if (const auto items = page.find("items"))
      for (const auto worker : items->elements())
        if (const std::string warning = text_of(worker, "warning"); !warning.empty()) warnings.insert(warning);
    for (const std::string& warning : warnings) context.out << "warning: " << printable(warning) << "\n";
    return ExitCode::ok;
  });
}

bool is_number(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// The id of the worker that is meant: an id, or the name of exactly one.
Outcome<std::string> find_worker(ApiClient& client, const std::string& wanted) {
  auto reply = client.get("/api/v1/workers");
  if (!reply) return std::unexpected(reply.error());
  const auto page = reply->json();
  if (!page) return std::unexpected(page.error());
  std::vector<std::string> ids;
  if (const auto items = page->find("items"))
    for (const auto worker : items->elements()) {
      const std::string id = text_of(worker, "id");
      if (is_number(wanted) && id == wanted) return id;
      if (text_of(worker, "name") == wanted) ids.push_back(id);
    }
  if (ids.empty()) return stop_with(ExitCode::not_found, "there is no worker " + wanted + "; see: orc worker list");
  if (ids.size() > 1) {
    std::string all;
    for (const std::string& id : ids) all += (all.empty() ? "" : ", ") + id;
    return stop_with(ExitCode::usage, "several workers have the name " + wanted + ": give one of their ids, " + all);
  }
  return ids.front();
}

Outcome<ExitCode> set_intake(ClientContext& context, ApiClient& client, const std::string& wanted, const std::string& verb) {
  const auto id = find_worker(client, wanted);
  if (!id) return std::unexpected(id.error());
  return show_reply(context, client.send("POST", "/api/v1/workers/" + *id + "/" + verb, ""), [&context](JsonValue worker) {
    context.out << "worker " << text_of(worker, "id") << " " << printable(text_of(worker, "name")) << " is " << text_of(worker, "state")
                << ", " << text_of(worker, "running") << " running\n";
    return ExitCode::ok;
  });
}

void add_intake_command(CLI::App& worker, ClientContext& context, const std::string& verb, const std::string& does,
                        const std::string& footer) {
  auto* command = worker.add_subcommand(verb, does);
  const auto name = std::make_shared<std::string>();
  command->add_option("worker", *name, "Its id or its name, as `orc worker list` shows them")->required();
  add_client_action(*command, context, footer,
                    [&context, name, verb](ApiClient& client) { return set_intake(context, client, *name, verb); });
}

}  // namespace

void add_worker_commands(CLI::App& app, ClientContext& context) {
  auto* worker = app.add_subcommand("worker", "See who runs plugins, and let a worker run dry");
  worker->require_subcommand(1);
  auto* listing = worker->add_subcommand("list", "Every worker that is not known to be dead");
  add_client_action(*listing, context, "Examples:\n  orc worker list\n  orc worker list --json",
                    [&context](ApiClient& client) { return list_workers(context, client); });
  add_intake_command(*worker, context, "drain", "Give a worker nothing more; what it runs goes on",
                     "Examples:\n  orc worker drain gpu-1:4711\n  orc worker drain 12\n\nIt stays so until `orc worker resume`, or until "
                     "it signs on anew.");
  add_intake_command(*worker, context, "resume", "Give a drained worker runs again", "Example:\n  orc worker resume 12");
}

}  // namespace orc
