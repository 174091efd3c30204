#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/job_id.h"
#include "adapters/cli/job_view.h"
#include "adapters/cli/run_to_end.h"
#include "adapters/cli/submission.h"
#include "adapters/cli/table.h"

namespace orc {
namespace {

void add_submit(CLI::App& job, ClientContext& context) {
  auto* command = job.add_subcommand("submit", "Submit a job and print its id, without waiting unless asked to");
  struct Options {
    Submission submission;
    bool waits = false;
  };
  const auto options = std::make_shared<Options>();
  add_submission_options(*command, options->submission);
  command->add_flag("--wait", options->waits, "Wait for its end, up to an hour, and print the result instead, as orc run does");
  const auto submit = [&context, options](ApiClient& client) -> Outcome<ExitCode> {
    if (options->waits) return run_to_end(context, client, options->submission, std::chrono::hours{1});
    const auto body = submission_body(context, client, options->submission);
    if (!body) return std::unexpected(body.error());
    return show_reply(context, client.send("POST", "/api/v1/jobs", *body), [&context](JsonValue created) {
      context.out << text_of(created, "id") << "\n";
      return ExitCode::ok;
    });
  };
  add_client_action(*command, context,
                    "Examples:\n  id=$(orc job submit example-classifier '{\"features\": [1, 2]}')\n"
                    "  orc job submit my-plugin @my-plugin/input.json --wait",
                    submit);
}

struct JobNamed {
  std::int64_t id = 0;
  std::string path() const { return "/api/v1/jobs/" + std::to_string(id); }
};

// A command that changes one job: cancel, retry.
void add_on_job(CLI::App& job, ClientContext& context, const std::string& name, const std::string& description, std::string method,
                std::string rest) {
  auto* command = job.add_subcommand(name, description);
  const auto named = std::make_shared<JobNamed>();
  command->add_option("ID", named->id, "Id of the job")->required()->check(job_id());
  const auto act = [&context, named, method = std::move(method), rest = std::move(rest)](ApiClient& client) {
    return show_reply(context, client.send(method, named->path() + rest, {}), [&context](JsonValue shown) {
      print_job(context, shown);
      return ExitCode::ok;
    });
  };
  add_client_action(*command, context, "Example:\n  orc job " + name + " 17", act);
}

Outcome<void> show_deliveries(ClientContext& context, ApiClient& client, const JobNamed& named) {
  auto deliveries = client.get(named.path() + "/deliveries");
  if (!deliveries) return std::unexpected(deliveries.error());
  const auto page = deliveries->json();
  if (!page) return std::unexpected(page.error());
  print_deliveries(context, *page);
  return {};
}

// One job, with what its last attempt took and left, what became of its callbacks, and how each of its attempts went.
Outcome<ExitCode> show(ClientContext& context, ApiClient& client, const JobNamed& named) {
  bool has_callback = false;
  auto shown = show_reply(context, client.get(named.path()), [&](JsonValue job) {
    print_job(context, job);
    has_callback = !text_of(job, "callback_url").empty();
    return ExitCode::ok;
  });
  if (!shown || context.flags.as_json) return shown;
  auto attempts = client.get(named.path() + "/attempts");
  if (!attempts) return std::unexpected(attempts.error());
  const auto attempt_page = attempts->json();
  if (!attempt_page) return std::unexpected(attempt_page.error());
  auto artifacts = client.get(named.path() + "/artifacts");
  if (!artifacts) return std::unexpected(artifacts.error());
  const auto artifact_page = artifacts->json();
  if (!artifact_page) return std::unexpected(artifact_page.error());
  print_attempt(context, *attempt_page, *artifact_page);
  if (has_callback)
    if (auto told = show_deliveries(context, client, named); !told) return std::unexpected(told.error());
  print_attempts(context, *attempt_page);
  return shown;
}

void add_get(CLI::App& job, ClientContext& context) {
  auto* command = job.add_subcommand("get", "Show one job, how its attempts went, and what the last one took and left");
  const auto named = std::make_shared<JobNamed>();
  command->add_option("ID", named->id, "Id of the job")->required()->check(job_id());
  add_client_action(*command, context, "Examples:\n  orc job get 17\n  orc job get 17 --json | jq .result",
                    [&context, named](ApiClient& client) { return show(context, client, *named); });
}

struct ListOptions {
  std::string status;
  std::string plugin;
  int limit = 20;
  int skip = 0;
  bool everybodys = false;
};

Outcome<ExitCode> list_jobs(ClientContext& context, ApiClient& client, const ListOptions& options) {
  std::string target = "/api/v1/jobs?limit=" + std::to_string(options.limit) + "&skip=" + std::to_string(options.skip);
  if (!options.status.empty()) target += "&status=" + percent_encoded(options.status);
  if (!options.plugin.empty()) target += "&plugin_name=" + percent_encoded(options.plugin);
  if (options.everybodys) target += "&scope=all";
  return show_reply(context, client.get(target), [&context](JsonValue page) -> Outcome<ExitCode> {
    const auto items = page.find("items");
    if (!items) return stop_with(ExitCode::internal, "the server's answer has no items");
    const auto table = table_of_jobs(*items);
    if (!table.is_empty()) table.print(context.out, context.terminal);
    context.out << coloured(context.terminal, Colour::grey, std::to_string(items->size()) + " of " + text_of(page, "total")) << "\n";
    return ExitCode::ok;
  });
}

void add_list_of_jobs(CLI::App& job, ClientContext& context) {
  auto* command = job.add_subcommand("list", "List jobs, newest first");
  const auto options = std::make_shared<ListOptions>();
  command->add_option("--status", options->status, "queued, processing, completed, failed or cancelled")
      ->check(CLI::IsMember({"queued", "processing", "completed", "failed", "cancelled"}));
  command->add_option("--plugin", options->plugin, "Only of this plugin");
  command->add_option("--limit", options->limit, "So many at most (20)")->check(CLI::Range(1, 1000));
  command->add_option("--skip", options->skip, "Leave out so many of the newest")->check(CLI::NonNegativeNumber);
  command->add_flag("--all", options->everybodys, "Everybody's, for administrators");
  add_client_action(*command, context, "Examples:\n  orc job list --status failed\n  orc job list --json | jq '.items[].id'",
                    [&context, options](ApiClient& client) { return list_jobs(context, client, *options); });
}

struct WhyOptions {
  JobNamed job;
};

std::string words_of_unmet(JsonValue unmet) {
  std::string words;
  for (const JsonValue one : unmet.elements()) {
    const std::string name = text_of(one, "name");
    words += (words.empty() ? "" : ", ") + text_of(one, "requirement") + (name.empty() ? "" : " " + name) + " " + text_of(one, "wanted");
    const std::string free = text_of(one, "free");
    words += free.empty() ? " (has " + text_of(one, "offered") + ")" : " (free " + free + " of " + text_of(one, "offered") + ")";
  }
  return words;
}

Outcome<ExitCode> show_why(ClientContext& context, ApiClient& client, const WhyOptions& options) {
  return show_reply(context, client.get(options.job.path() + "/why"), [&context](JsonValue why) -> Outcome<ExitCode> {
    const bool waits = text_of(why, "status") == "queued";
    context.out << "job " << text_of(why, "job_id") << (waits ? " is queued: " : ": ") << printable(text_of(why, "message")) << "\n";
    if (const std::string run_at = text_of(why, "run_at"); waits && !run_at.empty()) context.out << "run_at " << run_at << "\n";
    const auto workers = why.find("workers");
    if (!workers || !workers->is_array() || workers->size() == 0) return ExitCode::ok;
    Table table({{.title = "WORKER", .align = Align::right},
                 {.title = "NAME", .width = Column::Width::may_shrink},
                 {.title = "RUNS"},
                 {.title = "FITS"},
                 {.title = "LACKS", .width = Column::Width::may_shrink}});
    for (const JsonValue worker : workers->elements()) {
      const auto unmet = worker.find("unmet");
      table.add({{.text = text_of(worker, "id")},
                 {.text = text_of(worker, "name")},
                 {.text = text_of(worker, "runs") + " of " + text_of(worker, "slots")},
                 {.text = text_of(worker, "fits")},
                 {.text = unmet ? words_of_unmet(*unmet) : std::string()}});
    }
    table.print(context.out, context.terminal);
    return ExitCode::ok;
  });
}

void add_why(CLI::App& job, ClientContext& context) {
  auto* command = job.add_subcommand("why", "Say why a job does not run yet");
  const auto options = std::make_shared<WhyOptions>();
  command->add_option("ID", options->job.id, "Id of the job")->required()->check(job_id());
  add_client_action(*command, context, "Examples:\n  orc job why 17\n  orc job why 17 --json | jq .nobody_meets",
                    [&context, options](ApiClient& client) { return show_why(context, client, *options); });
}

}  // namespace

void add_job_commands(CLI::App& app, ClientContext& context) {
  auto* job = app.add_subcommand("job", "Submit, list and look at jobs");
  job->require_subcommand(1);
  job->footer("Examples:\n  orc job submit example-classifier '{\"features\": [1, 2]}'\n  orc job list --status failed\n  orc job logs 17");
  add_submit(*job, context);
  add_batch_command(*job, context);
  add_get(*job, context);
  add_list_of_jobs(*job, context);
  add_logs_command(*job, context);
  add_why(*job, context);
  add_artifacts_command(*job, context);
  add_on_job(*job, context, "cancel", "Cancel a job that is queued or running", "POST", "/cancel");
  add_on_job(*job, context, "retry", "Run an ended job again", "POST", "/retry");
}

}  // namespace orc
