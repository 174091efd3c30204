#pragma once

#include <functional>
#include <string>

#include "adapters/cli/api_client.h"
#include "adapters/cli/client_context.h"
#include "adapters/cli/exit_code.h"

namespace CLI {
class App;
}  // namespace CLI

namespace orc {

// Adds every command of the client to `app`: run, job, blob, deliberate, deliberation, plugin, user, key, worker, dead-letter, events,
// login, version, doctor, image, bench. After parsing, the command that was named has run and `context.exit_code` says how it went. Both
// must live until then. word_help() is left to the caller, who may have commands of its own to add.
void add_client_commands(CLI::App& app, ClientContext& context);

// The parts of it, each in its own file.
void add_run_command(CLI::App& app, ClientContext& context);
void add_job_commands(CLI::App& app, ClientContext& context);
void add_batch_command(CLI::App& job, ClientContext& context);
void add_logs_command(CLI::App& job, ClientContext& context);
void add_artifacts_command(CLI::App& job, ClientContext& context);
void add_blob_commands(CLI::App& app, ClientContext& context);
void add_plugin_commands(CLI::App& app, ClientContext& context);
void add_user_commands(CLI::App& app, ClientContext& context);
void add_key_commands(CLI::App& app, ClientContext& context);
void add_worker_commands(CLI::App& app, ClientContext& context);
void add_dead_letter_commands(CLI::App& app, ClientContext& context);
void add_deliberate_command(CLI::App& app, ClientContext& context);
void add_deliberation_commands(CLI::App& app, ClientContext& context);
void add_event_commands(CLI::App& app, ClientContext& context);
void add_login_command(CLI::App& app, ClientContext& context);
void add_version_command(CLI::App& app, ClientContext& context);
void add_doctor_command(CLI::App& app, ClientContext& context);
void add_image_commands(CLI::App& app, ClientContext& context);
void add_bench_command(CLI::App& app, ClientContext& context);

// --ca-file.
void add_ca_file_option(CLI::App& command, ClientContext& context);

// --url, --ca-file, --token, --data-dir and --json, which every command that talks to a server takes.
void add_client_options(CLI::App& command, ClientContext& context);

// Finishes the set-up of a command that talks to a server: the options of every client, its examples below its help, and what it does.
void add_client_action(CLI::App& command, ClientContext& context, const std::string& footer,
                       std::function<Outcome<ExitCode>(ApiClient&)> action);

// Runs a command: an outcome's failure goes to the error output and both end in context.exit_code.
void run_command(ClientContext& context, const std::function<Outcome<ExitCode>()>& command);

// The same with a client of the server that find_server() names.
void run_with_server(ClientContext& context, const std::function<Outcome<ExitCode>(ApiClient&)>& command);

// Shows an answer of the server: its bytes with --json, otherwise by `show`. A failure is passed on.
Outcome<ExitCode> show_reply(ClientContext& context, Outcome<ApiReply> reply, const std::function<Outcome<ExitCode>(JsonValue)>& show);

// JSON as the user gave it: the text itself, "@FILE", or "-" for the standard input. At most 64 MiB.
// Fails with usage, if it is no JSON or the file cannot be read.
Outcome<std::string> read_json_argument(ClientContext& context, const std::string& argument);

// The same for the input of a run. Fails with usage, if it is no object: every server refuses that.
Outcome<std::string> read_input_argument(ClientContext& context, const std::string& argument);

}  // namespace orc
