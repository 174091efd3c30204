#include "adapters/cli/client_commands.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>

#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

constexpr std::size_t argument_bytes_max = std::size_t{64} << 20;

}  // namespace

void add_client_commands(CLI::App& app, ClientContext& context) {
  add_run_command(app, context);
  add_job_commands(app, context);
  add_blob_commands(app, context);
  add_deliberate_command(app, context);
  add_deliberation_commands(app, context);
  add_plugin_commands(app, context);
  add_user_commands(app, context);
  add_key_commands(app, context);
  add_worker_commands(app, context);
  add_dead_letter_commands(app, context);
  add_event_commands(app, context);
  add_login_command(app, context);
  add_version_command(app, context);
  add_doctor_command(app, context);
  add_image_commands(app, context);
  add_bench_command(app, context);
}

void add_version_command(CLI::App& app, ClientContext& context) {
  auto* version = app.add_subcommand("version", "Print the version of this program");
  version->add_flag("--json", context.flags.as_json, "Print JSON");
  version->footer("Example:\n  orc version --json");
  version->callback([&context] {
    if (context.flags.as_json) {
      context.out << R"({"version":")" ORC_VERSION "\"}\n";
    } else {
      context.out << "orc " ORC_VERSION "\n";
    }
  });
}

void add_ca_file_option(CLI::App& command, ClientContext& context) {
  command
      .add_option(
          "--ca-file", context.flags.ca_file,
          "Certificate authorities (PEM) that vouch for a server of https (else ORC_CA_FILE, the file kept by `orc login`, this host's)")
      ->type_name("FILE");
}

void add_client_options(CLI::App& command, ClientContext& context) {
  command
      .add_option("--url", context.flags.url,
                  "Server, such as http://127.0.0.1:5900 or https://orc.example.org (else ORC_URL, a data directory that is named, `orc "
                  "login`, the default data directory)")
      ->type_name("URL");
  add_ca_file_option(command, context);
  command.add_option("--token", context.flags.token, "Token or API key (else ORC_TOKEN or the one kept for that server)");
  command
      .add_option("--data-dir", context.flags.data_dir,
                  "Data directory of a server on this host (else ORC_DATA_DIR, else " + context.data_dir.string() + ")")
      ->type_name("DIR");
  command.add_flag("--json", context.flags.as_json, "Print JSON for programs");
}

void add_client_action(CLI::App& command, ClientContext& context, const std::string& footer,
                       std::function<Outcome<ExitCode>(ApiClient&)> action) {
  add_client_options(command, context);
  command.footer(footer);
  command.callback([&context, action = std::move(action)] { run_with_server(context, action); });
}

void run_command(ClientContext& context, const std::function<Outcome<ExitCode>()>& command) {
  const auto outcome = command();
  if (outcome) {
    context.exit_code = *outcome;
    return;
  }
  context.exit_code = outcome.error().code;
  context.err << coloured(context.terminal, Colour::red, "orc: ") << outcome.error().message << "\n";
}

void run_with_server(ClientContext& context, const std::function<Outcome<ExitCode>(ApiClient&)>& command) {
  run_command(context, [&]() -> Outcome<ExitCode> {
    auto server = find_server(context);
    if (!server) return std::unexpected(server.error());
    auto client = ApiClient::create(std::move(*server), [&context] { return find_server(context); });
    if (!client) return std::unexpected(client.error());
    return command(*client);
  });
}

Outcome<ExitCode> show_reply(ClientContext& context, Outcome<ApiReply> reply, const std::function<Outcome<ExitCode>(JsonValue)>& show) {
  if (!reply) return std::unexpected(reply.error());
  if (context.flags.as_json) {
    context.out << reply->body() << "\n";
    return ExitCode::ok;
  }
  const auto answer = reply->json();
  if (!answer) return std::unexpected(answer.error());
  return show(*answer);
}

Outcome<std::string> read_json_argument(ClientContext& context, const std::string& argument) {
  std::string text = argument;
  std::string name = "the input";
  if (argument == "-") {
    name = "the standard input";
    text.assign(std::istreambuf_iterator<char>(context.in), {});
  } else if (argument.starts_with('@')) {
    name = argument.substr(1);
    auto read = read_file(name, argument_bytes_max);
    if (!read) return stop_with(ExitCode::usage, read.error().message);
    text = std::move(*read);
  }
  const auto document = JsonDocument::parse(text, {.bytes_max = argument_bytes_max, .nodes_max = 16'777'216});
  if (!document) {
    const bool is_argument = argument != "-" && !argument.starts_with('@');
    return stop_with(ExitCode::usage, printable(name) + " is no JSON: " + document.error().message +
                                          (is_argument ? "\nGive it as one argument, '{\"features\": [1, 2]}', as @FILE, or as - for the "
                                                         "standard input."
                                                       : ""));
  }
  return std::string(document->root().raw());
}

Outcome<std::string> read_input_argument(ClientContext& context, const std::string& argument) {
  auto input = read_json_argument(context, argument);
  if (!input || input->starts_with('{')) return input;
  return stop_with(ExitCode::usage,
                   "the input must be a JSON object, such as '{\"features\": [1, 2]}', not " + printable(input->substr(0, 40)));
}

}  // namespace orc
