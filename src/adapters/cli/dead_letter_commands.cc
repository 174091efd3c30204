#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/job_id.h"
#include "adapters/cli/job_view.h"
#include "adapters/cli/table.h"

namespace orc {
namespace {

constexpr int letters_shown_default = 50, letters_shown_max = 1000;

Outcome<ExitCode> list_letters(ClientContext& context, ApiClient& client, int limit) {
  return show_reply(context, client.get("/api/v1/dead-letters?limit=" + std::to_string(limit)), [&context](JsonValue page) {
    Table table({{.title = "JOB", .align = Align::right},
                 {.title = "PLUGIN", .width = Column::Width::may_shrink},
                 {.title = "FAILED"},
                 {.title = "ATTEMPTS", .align = Align::right},
                 {.title = "REASON", .width = Column::Width::may_shrink}});
    std::size_t shown = 0;
    if (const auto items = page.find("items"))
      for (const auto letter : items->elements()) {
        table.add({{text_of(letter, "id")},
                   {text_of(letter, "plugin_name")},
                   {short_time(text_of(letter, "died_at"))},
                   {text_of(letter, "attempts")},
                   {text_of(letter, "reason")}});
        ++shown;
      }
    if (shown == 0) {
      context.out << "no job has failed for good\n";
      return ExitCode::ok;
    }
    table.print(context.out, context.terminal);
    if (const std::string total = text_of(page, "total"); total != std::to_string(shown))
      context.out << shown << " of " << total << " are shown; see --limit\n";
    return ExitCode::ok;
  });
}

}  // namespace

void add_dead_letter_commands(CLI::App& app, ClientContext& context) {
  auto* letter = app.add_subcommand("dead-letter", "See which jobs have failed for good, and run them again");
  letter->require_subcommand(1);
  auto* listing = letter->add_subcommand("list", "Jobs that have failed for good, the latest first");
  const auto limit = std::make_shared<int>(letters_shown_default);
  listing->add_option("--limit", *limit, "How many (50)")->check(CLI::Range(1, letters_shown_max));
  add_client_action(*listing, context, "Examples:\n  orc dead-letter list\n  orc dead-letter list --limit 1000 --json",
                    [&context, limit](ApiClient& client) { return list_letters(context, client, *limit); });
  auto* redrive = letter->add_subcommand("redrive", "Run a failed job again, with all of its attempts");
  const auto id = std::make_shared<std::string>();
  redrive->add_option("JOB", *id, "Its number, as `orc dead-letter list` shows it")->required()->check(job_id());
  add_client_action(*redrive, context, "Example:\n  orc dead-letter redrive 17", [&context, id](ApiClient& client) {
    return show_reply(context, client.send("POST", "/api/v1/dead-letters/" + *id + "/redrive", ""), [&context](JsonValue job) {
      context.out << "job " << text_of(job, "id") << " is " << text_of(job, "status") << " again; see it with: orc job get "
                  << text_of(job, "id") << "\n";
      return ExitCode::ok;
    });
  });
  letter->footer("Examples:\n  orc dead-letter list\n  orc dead-letter redrive 17");
}

}  // namespace orc
