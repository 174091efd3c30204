#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <unistd.h>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/secret_input.h"
#include "adapters/json/json_writer.h"

namespace orc {
namespace {

struct LoginOptions {
  std::string url;
  std::string email;
  bool with_key = false;
};

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? std::string(name) : "unknown host";
}

Outcome<std::string> fetch_token(ClientContext& context, ApiClient& client, std::string email) {
  if (email.empty()) {
    auto line = read_line(context, "E-mail: ");
    if (!line) return line;
    email = std::move(*line);
  }
  const auto password = read_secret(context, "Password: ");
  if (!password) return password;
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("username", email);
  json.member("password", *password);
  json.end_object();
  auto reply = client.send("POST", "/api/v1/auth/token", body);
  if (!reply) return std::unexpected(reply.error());
  const auto answer = reply->json();
  if (!answer) return std::unexpected(answer.error());
  return text_of(*answer, "access_token");
}

// A login token lasts an hour; a key lasts until it is deleted. One that the server refuses to make is no fault: then the token is kept.
Outcome<std::string> exchange_for_key(const ServerAddress& server) {
  auto client = ApiClient::create(server);
  if (!client) return std::unexpected(client.error());
  auto me = client->get("/api/v1/users/me");
  if (!me) return std::unexpected(me.error());
  const auto user = me->json();
  if (!user) return std::unexpected(user.error());
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("name", "orc login on " + host_name());
  json.key("scopes").begin_array();
  json.value("read");
  json.value("submit");
  if (text_of(*user, "role") == "admin") json.value("admin");
  json.end_array();
  json.end_object();
  auto reply = client->send("POST", "/api/v1/api-keys", body);
  if (!reply) return std::unexpected(reply.error());
  const auto key = reply->json();
  if (!key) return std::unexpected(key.error());
  return text_of(*key, "api_key");
}

Outcome<ExitCode> log_in(ClientContext& context, const LoginOptions& options) {
  ServerAddress server{.url = options.url, .token = {}, .ca_file = named_ca_file(context)};
  auto client = ApiClient::create(server);
  if (!client) return std::unexpected(client.error());
  auto secret = options.with_key ? read_secret(context, "API key: ") : fetch_token(context, *client, options.email);
  if (!secret) return std::unexpected(secret.error());
  server.token = std::move(*secret);
  bool is_key = options.with_key;
  if (!options.with_key) {
    if (auto key = exchange_for_key(server); key && !key->empty()) {
      server.token = std::move(*key);
      is_key = true;
    }
  }
  auto checked = ApiClient::create(server);
  if (!checked) return std::unexpected(checked.error());
  auto me = checked->get("/api/v1/users/me");
  if (!me) return std::unexpected(me.error());
  const auto user = me->json();
  if (!user) return std::unexpected(user.error());
  if (auto kept = keep_login(context, server); !kept) return std::unexpected(failure_of(kept.error()));
  if (context.flags.as_json) {
    context.out << me->body() << "\n";
    return ExitCode::ok;
  }
  context.out << "Logged in to " << options.url << " as " << printable(text_of(*user, "email")) << " (" << text_of(*user, "role")
              << "), kept in " << credentials_path(context).string() << (is_key ? "\n" : "; the login lasts an hour\n");
  return ExitCode::ok;
}

}  // namespace

void add_login_command(CLI::App& app, ClientContext& context) {
  auto* command = app.add_subcommand("login", "Log in to a server and remember it for the other commands");
  const auto options = std::make_shared<LoginOptions>();
  command->add_option("URL", options->url, "Server, such as http://127.0.0.1:5900")->required();
  command->add_option("--email", options->email, "E-mail (asked for unless given)");
  command->add_flag("--api-key", options->with_key, "Keep an API key that you have instead of a password login");
  add_ca_file_option(*command, context);
  command->add_flag("--json", context.flags.as_json, "Print JSON for programs");
  command->footer(
      "The password or key is read from the terminal without echo, or from the standard input.\n\nExamples:\n"
      "  orc login http://127.0.0.1:5900\n  orc login https://orc.example.org --ca-file ca.pem\n  orc login http://127.0.0.1:5900 --email "
      "me@example.com < password.txt");
  command->callback([&context, options] { run_command(context, [&] { return log_in(context, *options); }); });
}

}  // namespace orc
