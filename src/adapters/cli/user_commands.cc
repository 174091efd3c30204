#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/job_view.h"
#include "adapters/cli/secret_input.h"
#include "adapters/cli/table.h"
#include "adapters/json/json_writer.h"
#include "adapters/json/time_text.h"
#include "application/user/change_user.h"

namespace orc {
namespace {

struct UserOptions {
  std::string email;
  std::string full_name;
  std::string role = "user";

  Role chosen_role() const { return role_from_word(role).value_or(Role::user); }
};

Outcome<ApiReply> send_change(ApiClient& client, const std::string& id, const UserChangeRequest& change) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  if (change.role) json.member("role", to_word(*change.role));
  if (change.password) json.member("password", *change.password);
  if (change.is_active) json.member("is_active", *change.is_active);
  json.end_object();
  return client.send("PUT", "/api/v1/users/" + id, body);
}

void print_user(ClientContext& context, const std::string& id, const std::string& email, std::string_view role, bool is_active) {
  context.out << "user " << id << " " << printable(email) << " (" << role << (is_active ? "" : ", disabled") << ")\n";
}

Outcome<ExitCode> show_user(ClientContext& context, Outcome<ApiReply> reply) {
  return show_reply(context, std::move(reply), [&context](JsonValue user) {
    print_user(context, text_of(user, "id"), text_of(user, "email"), text_of(user, "role"), text_of(user, "is_active") != "false");
    return ExitCode::ok;
  });
}

Outcome<ExitCode> add(ClientContext& context, ApiClient& client, const UserOptions& options, const std::string& password) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("email", options.email);
  json.member("password", password);
  if (!options.full_name.empty()) json.member("full_name", options.full_name);
  json.end_object();
  auto reply = client.send("POST", "/api/v1/users", body);
  if (!reply) return std::unexpected(reply.error());
  const auto user = reply->json();
  if (!user) return std::unexpected(user.error());
  if (text_of(*user, "role") == options.role || options.role == "user") return show_user(context, std::move(reply));
  return show_user(context, send_change(client, text_of(*user, "id"), {.role = options.chosen_role()}));
}

void print_table(ClientContext& context, const std::vector<std::vector<Cell>>& rows) {
  Table table({{.title = "ID", .align = Align::right},
               {.title = "E-MAIL", .width = Column::Width::may_shrink},
               {.title = "ROLE"},
               {.title = "ACTIVE"},
               {.title = "CREATED"},
               {.title = "NAME", .width = Column::Width::may_shrink}});
  for (const auto& row : rows) table.add(row);
  table.print(context.out, context.terminal);
}

Outcome<ExitCode> list_users(ClientContext& context, ApiClient& client) {
  return show_reply(context, client.get("/api/v1/users?limit=1000"), [&context](JsonValue page) {
    std::vector<std::vector<Cell>> rows;
    if (const auto items = page.find("items"))
      for (const auto user : items->elements())
        rows.push_back({{text_of(user, "id")},
                        {text_of(user, "email")},
                        {text_of(user, "role")},
                        {text_of(user, "is_active") == "true" ? "yes" : "no"},
                        {short_time(text_of(user, "created_at"))},
                        {text_of(user, "full_name")}});
    print_table(context, rows);
    return ExitCode::ok;
  });
}

// The id of the account with that e-mail. An older service may have made several that differ in their case: then the one that reads just
// so, else the one in small letters, else the oldest, as at a login.
Outcome<std::string> find_user(ApiClient& client, const std::string& email) {
  const std::string wanted(trim_email(email));
  const std::string small = email_in_small_letters(wanted);
  std::string best_id;
  for (int skip = 0;; skip += 1000) {
    auto reply = client.get("/api/v1/users?limit=1000&skip=" + std::to_string(skip));
    if (!reply) return std::unexpected(reply.error());
    const auto page = reply->json();
    if (!page) return std::unexpected(page.error());
    const auto items = page->find("items");
    if (!items || items->size() == 0) break;
    for (const auto user : items->elements()) {
      const std::string its = text_of(user, "email");
      if (its == wanted) return text_of(user, "id");
      if (email_in_small_letters(its) != small || (!best_id.empty() && its != small)) continue;
      best_id = text_of(user, "id");
    }
  }
  if (best_id.empty()) return stop_with(ExitCode::not_found, "no user has the e-mail " + wanted + "; see: orc user list");
  return best_id;
}

void write_user(JsonWriter& json, const User& user) {
  json.begin_object();
  json.member("id", std::to_underlying(user.id));
  json.member("email", user.email);
  json.member("full_name", user.full_name);
  json.member("is_active", user.is_active);
  json.member("role", to_word(user.role));
  json.member("created_at", time_text(user.created_at));
  json.end_object();
}

Outcome<ExitCode> show_offline(ClientContext& context, const Result<User>& user) {
  if (!user) return std::unexpected(failure_of(user.error()));
  if (context.flags.as_json) {
    std::string text;
    JsonWriter json(text);
    write_user(json, *user);
    context.out << text << "\n";
  } else {
    print_user(context, std::to_string(std::to_underlying(user->id)), user->email, to_word(user->role), user->is_active);
  }
  return ExitCode::ok;
}

Outcome<ExitCode> list_offline(ClientContext& context, OfflineUsers& offline) {
  const auto users = offline.list();
  if (!users) return std::unexpected(failure_of(users.error()));
  if (context.flags.as_json) {
    std::string text;
    JsonWriter json(text);
    json.begin_object();
    json.member("total", users->size());
    json.key("items").begin_array();
    for (const auto& user : *users) write_user(json, user);
    json.end_array();
    json.end_object();
    context.out << text << "\n";
    return ExitCode::ok;
  }
  std::vector<std::vector<Cell>> rows;
  for (const auto& user : *users)
    rows.push_back({{std::to_string(std::to_underlying(user.id))},
                    {user.email},
                    {std::string(to_word(user.role))},
                    {user.is_active ? "yes" : "no"},
                    {short_time(time_text(user.created_at))},
                    {user.full_name.value_or("")}});
  print_table(context, rows);
  return ExitCode::ok;
}

// Asks the server; works on the data directory itself when it is this host's own and no server runs there.
void run_on_users(ClientContext& context, const std::function<Outcome<ExitCode>(ApiClient&)>& online,
                  const std::function<Outcome<ExitCode>(OfflineUsers&)>& offline) {
  run_command(context, [&]() -> Outcome<ExitCode> {
    auto server = find_server(context);
    const bool is_local = server ? server->source == ServerAddress::Source::data_dir : server.error().code == ExitCode::unreachable;
    Outcome<ExitCode> outcome = server ? Outcome<ExitCode>(ExitCode::ok) : std::unexpected(server.error());
    if (server) {
      auto client = ApiClient::create(std::move(*server));
      if (!client) return std::unexpected(client.error());
      outcome = online(*client);
    }
    if (outcome || outcome.error().code != ExitCode::unreachable || !is_local || !context.open_offline_users) return outcome;
    auto users = context.open_offline_users(context.chosen_data_dir());
    if (!users) return std::unexpected(failure_of(users.error()));
    return offline(**users);
  });
}

void add_add(CLI::App& user, ClientContext& context) {
  auto* command = user.add_subcommand("add", "Add a user");
  const auto options = std::make_shared<UserOptions>();
  command->add_option("EMAIL", options->email, "E-mail")->required();
  command->add_option("--name", options->full_name, "Full name");
  command->add_option("--role", options->role, "user or admin (user)")->check(CLI::IsMember({"user", "admin"}));
  add_client_options(*command, context);
  command->footer(
      "The password is read from the terminal without echo, or from the standard input. Without a running server the data directory\n"
      "is changed itself; the first user is an administrator.\n\nExample:\n  orc user add me@example.com --role admin < password.txt");
  command->callback([&context, options] {
    const auto password = read_secret(context, "Password for " + options->email + ": ");
    if (!password) return run_command(context, [&]() -> Outcome<ExitCode> { return std::unexpected(password.error()); });
    run_on_users(
        context, [&](ApiClient& client) { return add(context, client, *options, *password); },
        [&](OfflineUsers& offline) {
          const auto name = options->full_name.empty() ? std::nullopt : std::optional(options->full_name);
          return show_offline(context, offline.add(options->email, *password, name, options->chosen_role()));
        });
  });
}

void add_list_of_users(CLI::App& user, ClientContext& context) {
  auto* command = user.add_subcommand("list", "List users");
  add_client_options(*command, context);
  command->footer("Example:\n  orc user list --json");
  command->callback([&context] {
    run_on_users(
        context, [&](ApiClient& client) { return list_users(context, client); },
        [&](OfflineUsers& offline) { return list_offline(context, offline); });
  });
}

void change_account(ClientContext& context, const std::string& email, const UserChangeRequest& change) {
  run_on_users(
      context,
      [&](ApiClient& client) -> Outcome<ExitCode> {
        const auto id = find_user(client, email);
        if (!id) return std::unexpected(id.error());
        return show_user(context, send_change(client, *id, change));
      },
      [&](OfflineUsers& offline) { return show_offline(context, offline.change(email, change)); });
}

void add_role(CLI::App& user, ClientContext& context) {
  auto* command = user.add_subcommand("role", "Make a user an administrator, or a plain user again");
  const auto options = std::make_shared<UserOptions>();
  command->add_option("EMAIL", options->email, "E-mail")->required();
  command->add_option("ROLE", options->role, "user or admin")->required()->check(CLI::IsMember({"user", "admin"}));
  add_client_options(*command, context);
  command->footer("Example:\n  orc user role me@example.com admin");
  command->callback([&context, options] { change_account(context, options->email, {.role = options->chosen_role()}); });
}

void add_password(CLI::App& user, ClientContext& context) {
  auto* command = user.add_subcommand("password", "Give a user a new password, as when theirs is lost");
  const auto email = std::make_shared<std::string>();
  command->add_option("EMAIL", *email, "E-mail")->required();
  add_client_options(*command, context);
  command->footer(
      "The password is read from the terminal without echo, or from the standard input. It ends the tokens of earlier logins; API keys "
      "stay good,\n"
      "also those that `orc login` has made (`orc key list`). Without a running server the data directory is changed itself.\n\nExample:\n "
      " orc user password me@example.com < password.txt");
  command->callback([&context, email] {
    const auto password = read_secret(context, "New password for " + *email + ": ");
    if (!password) return run_command(context, [&]() -> Outcome<ExitCode> { return std::unexpected(password.error()); });
    change_account(context, *email, {.password = *password});
  });
}

void add_access(CLI::App& user, ClientContext& context, const std::string& verb, bool is_active, const std::string& does) {
  auto* command = user.add_subcommand(verb, does);
  const auto email = std::make_shared<std::string>();
  command->add_option("EMAIL", *email, "E-mail")->required();
  add_client_options(*command, context);
  command->footer("Example:\n  orc user " + verb + " me@example.com");
  command->callback([&context, email, is_active] { change_account(context, *email, {.is_active = is_active}); });
}

void add_callback_secret(CLI::App& user, ClientContext& context) {
  auto* command = user.add_subcommand("callback-secret", "Print the secret that signs the callbacks of your jobs");
  add_client_action(*command, context, "Example:\n  orc user callback-secret > callback-secret.txt", [&context](ApiClient& client) {
    return show_reply(context, client.get("/api/v1/callback-secret"), [&context](JsonValue reply) {
      context.out << text_of(reply, "secret") << "\n";
      return ExitCode::ok;
    });
  });
}

}  // namespace

void add_user_commands(CLI::App& app, ClientContext& context) {
  auto* user = app.add_subcommand("user", "Add and list users, change their role, password and access");
  user->require_subcommand(1);
  add_add(*user, context);
  add_list_of_users(*user, context);
  add_role(*user, context);
  add_password(*user, context);
  add_access(*user, context, "disable", false, "Refuse a user's logins and API keys until `enable`; nothing of theirs is deleted");
  add_access(*user, context, "enable", true, "Let a disabled user in again");
  add_callback_secret(*user, context);
  user->footer(
      "Examples:\n  orc user add me@example.com --role admin < password.txt\n  orc user list\n  orc user role me@example.com admin");
}

}  // namespace orc
