#include "adapters/cli/submission.h"

#include <CLI/CLI.hpp>
#include <map>

#include "adapters/cli/blob_upload.h"
#include "adapters/cli/client_commands.h"
#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"

namespace orc {
namespace {

struct NamedValue {
  std::string name;
  std::string value;
};

Outcome<NamedValue> split(const std::string& option, const std::string& text, const std::string& form) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return stop_with(ExitCode::usage, option + " " + text + " is not " + form);
  return NamedValue{.name = text.substr(0, equals), .value = text.substr(equals + 1)};
}

// The input, an object, with a member for each file. Every name is looked at before the first upload.
Outcome<std::string> with_files(ClientContext& context, ApiClient& client, const std::string& input,
                                const std::vector<std::string>& files) {
  if (files.empty()) return input;
  const auto document = JsonDocument::parse(input, {.bytes_max = input.size(), .nodes_max = 16'777'216});
  if (!document) return stop_with(ExitCode::usage, document.error().message);
  std::map<std::string, std::string> paths;
  for (const std::string& file : files) {
    auto named = split("--file", file, "MEMBER=PATH");
    if (!named) return std::unexpected(named.error());
    if (document->root().find(named->name) || !paths.emplace(named->name, named->value).second)
      return stop_with(ExitCode::usage, "--file " + file + ": the input has a member " + named->name + " already");
  }
  std::string members;
  JsonWriter json(members);
  json.begin_object();
  for (const auto& [member, path] : paths) {
    const auto reference = upload_file(context, client, path);
    if (!reference) return std::unexpected(reference.error());
    json.key(member).raw(*reference);
  }
  if (document->root().size() == 0) {
    json.end_object();
    return members;
  }
  return members + "," + input.substr(1);
}

}  // namespace

void add_submission_options(CLI::App& command, Submission& submission) {
  command.add_option("PLUGIN", submission.plugin, "Name of the plugin")->required();
  command.add_option("INPUT", submission.input, "Input: a JSON object, @FILE, or - for the standard input ({} unless given)");
  command
      .add_option("--file", submission.files, "Upload the file, and give the plugin its path as this member of the input; may be repeated")
      ->type_name("MEMBER=PATH");
  command.add_option("--priority", submission.priority, "0 to 9, 9 first (4)")->type_name("0-9");
  command.add_option("--max-attempts", submission.max_attempts, "Runs at most, the first included (the plugin's)");
  command.add_option("--timeout", submission.timeout_seconds, "What one run may take (the plugin's)")->type_name("SECONDS");
  command.add_option("--run-at", submission.run_at, "Not before this time, such as 2030-01-31T12:00:00Z")->type_name("TIME");
  command.add_option("--share-key", submission.share_key, "Jobs of one key share their turns (your user id)");
  command.add_option("--idempotency-key", submission.idempotency_key, "The same key and input give the same job for 24 hours");
  command.add_option("--callback-url", submission.callback_url, "URL that is told when the job has ended, by a signed POST")
      ->type_name("URL");
  command.add_option("--label", submission.labels, "May be repeated")->type_name("NAME=VALUE");
}

Outcome<std::string> submission_body(ClientContext& context, ApiClient& client, const Submission& submission) {
  const auto given = read_input_argument(context, submission.input);
  if (!given) return std::unexpected(given.error());
  const auto input = with_files(context, client, *given, submission.files);
  if (!input) return std::unexpected(input.error());
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("plugin_name", submission.plugin);
  json.key("input_data").raw(*input);
  if (submission.priority) json.member("priority", *submission.priority);
  if (submission.max_attempts) json.member("max_attempts", *submission.max_attempts);
  if (submission.timeout_seconds) json.member("timeout_seconds", *submission.timeout_seconds);
  if (!submission.run_at.empty()) json.member("run_at", submission.run_at);
  if (!submission.share_key.empty()) json.member("share_key", submission.share_key);
  if (!submission.idempotency_key.empty()) json.member("idempotency_key", submission.idempotency_key);
  if (!submission.callback_url.empty()) json.member("callback_url", submission.callback_url);
  if (!submission.labels.empty()) {
    json.key("labels").begin_object();
    for (const auto& label : submission.labels) {
      const auto named = split("--label", label, "NAME=VALUE");
      if (!named) return std::unexpected(named.error());
      json.member(named->name, named->value);
    }
    json.end_object();
  }
  json.end_object();
  return body;
}

}  // namespace orc
