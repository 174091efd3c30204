#include "adapters/cli/submission.h"

#include <CLI/CLI.hpp>

#include "adapters/cli/client_commands.h"
#include "adapters/json/json_writer.h"

namespace orc {

void add_submission_options(CLI::App& command, Submission& submission) {
  command.add_option("PLUGIN", submission.plugin, "Name of the plugin")->required();
  command.add_option("INPUT", submission.input, "Input: a JSON object, @FILE, or - for the standard input ({} unless given)");
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

Outcome<std::string> submission_body(ClientContext& context, const Submission& submission) {
  const auto input = read_input_argument(context, submission.input);
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
      const auto equals = label.find('=');
      if (equals == std::string::npos || equals == 0) return stop_with(ExitCode::usage, "--label " + label + " is not NAME=VALUE");
      json.member(label.substr(0, equals), label.substr(equals + 1));
    }
    json.end_object();
  }
  json.end_object();
  return body;
}

}  // namespace orc
