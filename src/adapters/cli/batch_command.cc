#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <vector>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/job_waiting.h"
#include "adapters/cli/last_words.h"
#include "adapters/cli/progress_bar.h"
#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"

namespace orc {
namespace {

constexpr std::size_t jobs_per_request = 1000;                    // contract section 11
constexpr std::size_t bytes_per_request = std::size_t{12} << 20;  // below its 16 MiB
constexpr std::size_t jobs_max = 1'000'000;

struct BatchOptions {
  std::string file;
  std::string plugin;
  bool wait = false;
  int patience_seconds = 3600;
};

// One line of the file as an entry of the request. With --plugin the line is the input, otherwise the whole submission.
Outcome<std::string> entry_of(std::string_view line, std::size_t number, const std::string& plugin) {
  const auto document = JsonDocument::parse(line);
  if (!document) return stop_with(ExitCode::usage, "line " + std::to_string(number) + ": " + document.error().message);
  const auto root = document->root();
  if (plugin.empty()) {
    if (!root.find("plugin_name"))
      return stop_with(ExitCode::usage,
                       "line " + std::to_string(number) +
                           " has no plugin_name; each line is {\"plugin_name\": …, \"input_data\": …}, or an input with --plugin NAME");
    return std::string(root.raw());
  }
  std::string entry;
  JsonWriter json(entry);
  json.begin_object();
  json.member("plugin_name", plugin);
  json.key("input_data").raw(root.raw());
  json.end_object();
  return entry;
}

Outcome<std::vector<std::string>> read_entries(std::istream& lines, const std::string& plugin) {
  std::vector<std::string> entries;
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto entry = entry_of(line, number, plugin);
    if (!entry) return std::unexpected(entry.error());
    entries.push_back(std::move(*entry));
    if (entries.size() > jobs_max) return stop_with(ExitCode::usage, "more than 1000000 jobs; split the file");
  }
  if (entries.empty()) return stop_with(ExitCode::usage, "there is no job in it");
  return entries;
}

// Entries [first, last) of one request.
std::size_t end_of_request(const std::vector<std::string>& entries, std::size_t first) {
  std::size_t bytes = 0;
  std::size_t last = first;
  while (last < entries.size() && last - first < jobs_per_request && (last == first || bytes + entries[last].size() < bytes_per_request))
    bytes += entries[last++].size() + 1;
  return last;
}

// The server counts the entries of its request from 0, "jobs.1.input_data: …"; a person counts those of the file from 1.
std::string with_entries_counted(const std::string& message, std::size_t first) {
  constexpr std::string_view entry = "jobs.";
  std::istringstream lines(message);
  std::string counted;
  for (std::string line; std::getline(lines, line);) {
    std::size_t number = 0;
    const char* const begin = line.data() + std::min(entry.size(), line.size());
    const auto [end, error] = std::from_chars(begin, line.data() + line.size(), number);
    if (line.starts_with(entry) && error == std::errc{})
      line = "entry " + std::to_string(first + number + 1) + line.substr(static_cast<std::size_t>(end - line.data()));
    counted += counted.empty() ? line : "\n" + line;
  }
  return counted;
}

// Of what goes on without us.
std::string words_of_submitted(const std::vector<std::string>& ids) {
  if (ids.empty()) return "The first jobs may be submitted, and go on then: orc job list";
  if (ids.size() == 1) return words_of_job_that_goes_on(ids.front());
  return "jobs " + ids.front() + " to " + ids.back() + " go on: orc job list";
}

Outcome<std::vector<std::string>> submit_all(ClientContext& context, ApiClient& client, const std::vector<std::string>& entries,
                                             LastWords& words) {
  ProgressBar bar(context.err, context.terminal, "submitting", static_cast<std::int64_t>(entries.size()));
  // The server makes a key for each entry of it.
  const std::string keys_of_this_call = new_idempotency_key() + "-";
  std::vector<std::string> ids;
  Outage outage(context);
  for (std::size_t first = 0; first < entries.size();) {
    const std::size_t last = end_of_request(entries, first);
    std::string body = R"({"jobs":[)";
    for (std::size_t i = first; i < last; ++i) body.append(i == first ? "" : ",").append(entries[i]);
    body += "]}";
    auto reply = client.submit("/api/v1/jobs:batch", body, keys_of_this_call + std::to_string(first), outage);
    if (!reply) {
      Failure failure = reply.error();
      failure.message = with_entries_counted(failure.message, first);
      // A connection that broke says nothing about the commit.
      const bool is_unknown = failure.code == ExitCode::unreachable;
      failure.message += "\nEntries " + std::to_string(first + 1) + " to " + std::to_string(last) +
                         (is_unknown ? " may or may not be submitted: look with `orc job list`; " : " were refused as a whole; ") +
                         std::to_string(ids.size()) + " jobs before them are submitted" +
                         (ids.empty() ? "." : ", ids " + ids.front() + " to " + ids.back() + ".");
      return std::unexpected(std::move(failure));
    }
    const auto answer = reply->json();
    if (!answer) return std::unexpected(answer.error());
    const auto items = answer->find("items");
    if (items)
      for (const auto job : items->elements()) ids.push_back(text_of(job, "id"));
    words.change_to(words_of_submitted(ids));
    first = last;
    bar.show(static_cast<std::int64_t>(first), "");
  }
  return ids;
}

void print_ids(ClientContext& context, const std::vector<std::string>& ids) {
  if (context.flags.as_json) {
    context.out << "{\"ids\":[";
    for (std::size_t i = 0; i < ids.size(); ++i) context.out << (i == 0 ? "" : ",") << ids[i];
    context.out << "]}\n";
    return;
  }
  if (context.terminal.out_is_terminal) {
    context.out << ids.size() << " jobs submitted, ids " << ids.front() << " to " << ids.back() << "\n";
    return;
  }
  for (const auto& id : ids) context.out << id << "\n";
}

void print_end(ClientContext& context, std::size_t total, const BatchEnd& end) {
  if (context.flags.as_json) {
    context.out << "{\"total\":" << total << ",\"completed\":" << end.completed << ",\"failed\":" << end.failed
                << ",\"cancelled\":" << end.cancelled << "}\n";
    return;
  }
  context.out << total << " jobs: " << end.completed << " completed, " << end.failed << " failed, " << end.cancelled << " cancelled\n";
  if (end.failed > 0) context.err << "See which failed: orc job list --status failed\n";
}

Outcome<ExitCode> submit_batch(ClientContext& context, ApiClient& client, const BatchOptions& options) {
  std::ifstream file;
  if (options.file != "-") {
    file.open(options.file);
    if (!file) return stop_with(ExitCode::usage, options.file + " cannot be read");
  }
  auto entries = read_entries(options.file == "-" ? context.in : file, options.plugin);
  if (!entries) return std::unexpected(entries.error());
  LastWords words(context, words_of_submitted({}));
  const auto ids = submit_all(context, client, *entries, words);
  if (!ids) return std::unexpected(ids.error());
  if (!options.wait) {
    print_ids(context, *ids);
    return ExitCode::ok;
  }
  const auto end = wait_for_jobs(context, client, *ids, std::chrono::seconds{options.patience_seconds});
  if (!end) return std::unexpected(end.error());
  print_end(context, ids->size(), *end);
  return end->completed == static_cast<std::int64_t>(ids->size()) ? ExitCode::ok : ExitCode::negative;
}

}  // namespace

void add_batch_command(CLI::App& job, ClientContext& context) {
  auto* command = job.add_subcommand("batch", "Submit many jobs from a file with one JSON object a line");
  const auto options = std::make_shared<BatchOptions>();
  command->add_option("FILE", options->file, "JSON lines; - for the standard input")->required();
  command->add_option("--plugin", options->plugin,
                      "Plugin of all: each line is then an input; otherwise each is {\"plugin_name\": …, \"input_data\": …}");
  command->add_flag("--wait", options->wait, "Wait until all have ended; exit code 1 unless all completed");
  command->add_option("--wait-seconds", options->patience_seconds, "Wait so long at most (3600)")
      ->type_name("SECONDS")
      ->check(CLI::PositiveNumber);
  add_client_options(*command, context);
  command->footer(
      "Every 1,000 lines are one transaction: all of them become jobs or none. A lost connection is tried once more, and makes no job "
      "twice.\nWithout --wait prints the ids, one a line.\n\n"
      "Examples:\n  orc job batch flowers.jsonl --plugin example-classifier --wait\n  generate | orc job batch - > ids.txt");
  command->callback(
      [&context, options] { run_with_server(context, [&](ApiClient& client) { return submit_batch(context, client, *options); }); });
}

}  // namespace orc
