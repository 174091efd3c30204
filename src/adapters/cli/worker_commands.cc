#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/job_view.h"
#include "adapters/cli/table.h"

namespace orc {
namespace {

Colour colour_of_state(std::string_view state) {
  if (state == "active") return Colour::green;
  return state == "lost" ? Colour::red : Colour::yellow;
}

// "8 cpus"; nothing for what was not said or is none.
std::string amount_of(JsonValue equipment, std::string_view member, const std::string& one) {
  const std::string amount = text_of(equipment, member);
  if (amount.empty() || amount == "0") return {};
  return amount + " " + one + (amount == "1" ? "" : "s");
}

// What a worker does not run of "runtimes", which bound nothing where none is said.
bool lacks(JsonValue equipment, std::string_view runtime) {
  const auto runtimes = equipment.find("runtimes");
  return runtimes && std::ranges::none_of(runtimes->elements(), [&](JsonValue word) { return word.is_string_equal_to(runtime); });
}

// Where images get something else than folders.
void add_images(JsonValue equipment, std::vector<std::string>& words) {
  const auto images = equipment.find("images");
  if (!images) return;
  const bool lacks_network = text_of(equipment, "network") == "host" && text_of(*images, "network").empty();
  words.push_back("images at " + text_of(*images, "isolation") + (lacks_network ? " without it" : ""));
  if (const auto warm = images->find("warm"); warm && !warm->as_boolean().value_or(true)) words.emplace_back("no warm images");
}

// What placement goes by beside isolation and slots: "24000 MB, 8 cpus, 1 gpu, licence 2, zone=a, the host's network, no images".
std::string words_of_equipment(JsonValue equipment) {
  std::vector<std::string> words;
  if (const std::string memory = text_of(equipment, "memory_mb"); !memory.empty()) words.push_back(memory + " MB");
  words.push_back(amount_of(equipment, "cpus", "cpu"));
  words.push_back(amount_of(equipment, "gpus", "gpu"));
  if (const auto custom = equipment.find("custom"))
    for (const auto& [name, amount] : custom->members()) words.push_back(name.string() + " " + std::string(amount.raw()));
  if (const auto labels = equipment.find("labels"))
    for (const auto& [name, value] : labels->members()) words.push_back(name.string() + "=" + value.string());
  if (text_of(equipment, "network") == "host") words.emplace_back("the host's network");
  add_images(equipment, words);
  if (lacks(equipment, "folder")) words.emplace_back("no folders");
  if (lacks(equipment, "image")) words.emplace_back("no images");
  if (text_of(equipment, "warm_requests").empty()) words.emplace_back("no warm plugins");
  std::string all;
  for (const std::string& word : words)
    if (!word.empty()) all += (all.empty() ? "" : ", ") + word;
  return all;
}

enum class Detail : std::uint8_t { usual, verbose };

std::vector<Column> columns_of_workers(Detail detail) {
  std::vector<Column> columns{{.title = "ID", .align = Align::right},
                              {.title = "NAME", .width = Column::Width::may_shrink},
                              {.title = "STATE"},
                              {.title = "RUNS"},
                              {.title = "ISOLATION"},
                              {.title = "RELEASE"}};
  if (detail == Detail::verbose)
    for (const char* title : {"HOME", "SINCE", "LAST BEAT"}) columns.push_back({.title = title});
  columns.push_back({.title = "HAS", .width = Column::Width::may_shrink});
  return columns;
}

std::vector<Cell> cells_of_worker(JsonValue worker, Detail detail) {
  const std::string state = text_of(worker, "state");
  const auto equipment = worker.find("equipment");
  const std::string release = equipment ? text_of(*equipment, "release") : "";
  std::vector<Cell> cells{{text_of(worker, "id")},         {text_of(worker, "name")},
                          {state, colour_of_state(state)}, {text_of(worker, "running") + " of " + text_of(worker, "slots")},
                          {text_of(worker, "isolation")},  {release.empty() ? "-" : release}};
  if (detail == Detail::verbose) {
    cells.push_back({text_of(worker, "home")});
    for (const char* name : {"started_at", "last_beat_at"}) {
      const std::string time = text_of(worker, name);
      cells.push_back({time.empty() ? "-" : short_time(time)});
    }
  }
  cells.push_back({equipment ? words_of_equipment(*equipment) : "-"});
  return cells;
}

Outcome<ExitCode> list_workers(ClientContext& context, ApiClient& client, Detail detail) {
  return show_reply(context, client.get("/api/v1/workers"), [&context, detail](JsonValue page) {
    Table table(columns_of_workers(detail));
    if (const auto items = page.find("items"))
      for (const auto worker : items->elements()) table.add(cells_of_worker(worker, detail));
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
  command->add_option("WORKER", *name, "Its id or its name, as `orc worker list` shows them")->required();
  add_client_action(*command, context, footer,
                    [&context, name, verb](ApiClient& client) { return set_intake(context, client, *name, verb); });
}

}  // namespace

void add_worker_commands(CLI::App& app, ClientContext& context) {
  auto* worker = app.add_subcommand("worker", "See who runs plugins, and let a worker run dry");
  worker->require_subcommand(1);
  auto* listing = worker->add_subcommand("list", "Every worker that is not known to be dead");
  const auto is_verbose = std::make_shared<bool>(false);
  listing->add_flag("-v,--verbose", *is_verbose, "Also where each lives, since when it is there, and its last beat");
  add_client_action(
      *listing, context,
      "Examples:\n  orc worker list\n  orc worker list --json\n\nHAS is what placement goes by beside isolation and free slots: what its "
      "runs may take up together, and its\nlabels.",
      [&context, is_verbose](ApiClient& client) { return list_workers(context, client, *is_verbose ? Detail::verbose : Detail::usual); });
  add_intake_command(*worker, context, "drain", "Give a worker nothing more; what it runs goes on",
                     "Examples:\n  orc worker drain gpu-1:4711\n  orc worker drain 12\n\nIt stays so until `orc worker resume`, or until "
                     "it signs on anew.");
  add_intake_command(*worker, context, "resume", "Give a drained worker runs again", "Example:\n  orc worker resume 12");
}

}  // namespace orc
