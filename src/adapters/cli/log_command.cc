#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>
#include <span>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/job_id.h"
#include "adapters/cli/log_following.h"
#include "adapters/cli/log_view.h"

namespace orc {
namespace {

constexpr std::int64_t lines_per_request = 10'000;
constexpr std::int64_t line_number_max = 1'000'000'000'000;

struct LogOptions {
  std::int64_t job = 0;
  std::int64_t from = 1;
  std::int64_t limit = 0;  // 0: all
  std::int64_t tail = 0;   // 0: from the first on
  bool follow = false;
  std::string path() const { return "/api/v1/jobs/" + std::to_string(job); }
};

// Movable; its lines stay valid.
struct ReadLog {
  std::int64_t total = 0;  // as the server told it last
  std::vector<JsonValue> lines;
  std::vector<ApiReply> pages;  // that hold them
};

// Lines `from` to `from + count - 1`, as far as they are there.
Outcome<void> read_page(ApiClient& client, const LogOptions& options, std::int64_t from, std::int64_t count, ReadLog& log) {
  auto reply = client.get(options.path() + "/logs?format=json&from=" + std::to_string(from) + "&limit=" + std::to_string(count));
  if (!reply) return std::unexpected(reply.error());
  log.pages.push_back(std::move(*reply));
  const auto page = log.pages.back().json();
  if (!page) return std::unexpected(page.error());
  const auto items = page->find("items");
  const auto total = page->find("total");
  if (!items || !total) return stop_with(ExitCode::internal, "the server's answer has no items or no total");
  log.total = total->as_int64().value_or(0);
  for (const JsonValue line : items->elements()) log.lines.push_back(line);
  return {};
}

// Where the log's first lines were pruned, the numbers of the others go beyond the total: then a full page has more behind it.
Outcome<ReadLog> read_log(ApiClient& client, const LogOptions& options, std::int64_t from) {
  ReadLog log;
  for (std::int64_t left = options.limit;;) {
    const std::int64_t count = options.limit > 0 ? std::min(left, lines_per_request) : lines_per_request;
    const std::size_t before = log.lines.size();
    if (auto read = read_page(client, options, from, count, log); !read) return std::unexpected(read.error());
    from += count;
    left -= count;
    const bool is_full = std::ssize(log.lines) - static_cast<std::int64_t>(before) == count;
    if ((options.limit > 0 && left == 0) || (from > log.total && !is_full)) return log;
  }
}

// Of the last lines that were asked for.
Outcome<std::int64_t> first_line(ApiClient& client, const LogOptions& options) {
  if (options.tail == 0) return options.from;
  ReadLog log;
  if (auto read = read_page(client, options, 1, 1, log); !read) return std::unexpected(read.error());
  return std::max(std::int64_t{1}, log.total - options.tail + 1);
}

void print_as_json(ClientContext& context, std::int64_t total, std::span<const JsonValue> lines) {
  context.out << "{\"total\":" << total << ",\"items\":[";
  for (const JsonValue& line : lines) context.out << (&line == lines.data() ? "" : ",") << line.raw();
  context.out << "]}\n";
}

Outcome<void> print_for_eyes(ClientContext& context, ApiClient& client, const LogOptions& options, std::span<const JsonValue> lines) {
  auto attempts = client.get(options.path() + "/attempts");
  if (!attempts) return std::unexpected(attempts.error());
  const auto attempt_page = attempts->json();
  if (!attempt_page) return std::unexpected(attempt_page.error());
  print_log(context, lines, *attempt_page);
  return {};
}

void say_what_is_missing(ClientContext& context, const LogOptions& options, std::int64_t total) {
  const std::int64_t next = options.from + options.limit;
  if (options.limit == 0 || next > total) return;
  context.err << "Lines " << next << " to " << total << " are not shown. They begin with: orc job logs " << options.job << " --from "
              << next << "; the last ones: --tail " << options.limit << "\n";
}

Outcome<ExitCode> show_logs(ClientContext& context, ApiClient& client, const LogOptions& options) {
  const auto from = first_line(client, options);
  if (!from) return std::unexpected(from.error());
  if (options.follow) return follow_log(context, client, options.job, *from);
  const auto log = read_log(client, options, *from);
  if (!log) return std::unexpected(log.error());
  std::span<const JsonValue> lines = log->lines;
  if (options.tail > 0 && std::ssize(lines) > options.tail) lines = lines.last(static_cast<std::size_t>(options.tail));
  if (context.flags.as_json) {
    print_as_json(context, log->total, lines);
  } else if (context.terminal.out_is_terminal) {
    if (auto printed = print_for_eyes(context, client, options, lines); !printed) return std::unexpected(printed.error());
  } else {  // untouched for programs
    for (const JsonValue& line : lines) context.out << text_of(line, "text") << "\n";
  }
  say_what_is_missing(context, options, log->total);
  return ExitCode::ok;
}

}  // namespace

void add_logs_command(CLI::App& job, ClientContext& context) {
  auto* command = job.add_subcommand("logs", "Print what a job's runs wrote to their standard error");
  const auto options = std::make_shared<LogOptions>();
  const CLI::Range line_numbers(std::int64_t{1}, line_number_max);
  command->add_option("ID", options->job, "Id of the job")->required()->check(job_id());
  auto* const from = command->add_option("--from", options->from, "First line, counted from 1")->check(line_numbers);
  auto* const limit = command->add_option("--limit", options->limit, "So many lines at most (all)")->check(line_numbers);
  command
      ->add_option("--tail", options->tail,
                   "Only the last so many of the lines that are stored when it is asked; with -f these, and then what comes")
      ->type_name("LINES")
      ->check(line_numbers)
      ->excludes(from)
      ->excludes(limit);
  command->add_flag(
      "-f,--follow", options->follow,
      "Go on as the log grows until the job has ended, and name the files that it left; exit code 1 if it failed. A server that "
      "is away is borne with for half a minute");
  add_client_action(
      *command, context,
      "Examples:\n  orc job logs 17 | grep -i error\n  orc job logs 17 --tail 20\n  orc job logs -f 17\n"
      "  orc job logs -f 17 --json | jq -r '.text // empty'\n\n"
      "With -f and --json each line of the output is a document: a line of the log, {\"progress\", \"message\"}, {\"file\": …} for each "
      "file that the job left, and at last {\"end\": {\"status\"}}.",
      [&context, options](ApiClient& client) { return show_logs(context, client, *options); });
}

}  // namespace orc
