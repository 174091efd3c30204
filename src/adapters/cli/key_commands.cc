#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/job_view.h"
#include "adapters/cli/table.h"
#include "adapters/json/json_writer.h"

namespace orc {
namespace {

constexpr const char* keys_path = "/api/v1/api-keys";

struct NewKey {
  std::string name;
  std::vector<std::string> scopes{"read", "submit"};
};

// The key alone goes to the output, for a file or a variable; all else to the error output.
Outcome<ExitCode> make_key(ClientContext& context, ApiClient& client, const NewKey& wanted) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("name", wanted.name);
  json.key("scopes").begin_array();
  for (const std::string& scope : wanted.scopes) json.value(scope);
  json.end_array();
  json.end_object();
  return show_reply(context, client.send("POST", keys_path, body), [&context](JsonValue key) {
    context.err << "key " << text_of(key, "id") << " " << printable(text_of(key, "name"))
                << "; it is shown this once. Say it in ORC_TOKEN or as `Authorization: Bearer KEY`.\n";
    context.out << text_of(key, "api_key") << "\n";
    return ExitCode::ok;
  });
}

std::string words_of_scopes(JsonValue key) {
  std::string words;
  if (const auto scopes = key.find("scopes"))
    for (const JsonValue scope : scopes->elements()) words.append(words.empty() ? "" : " ").append(scope.as_string().value_or(""));
  return words;
}

Outcome<ExitCode> list_keys(ClientContext& context, ApiClient& client) {
  return show_reply(context, client.get(keys_path), [&context](JsonValue page) {
    Table table({{.title = "ID", .align = Align::right},
                 {.title = "NAME", .width = Column::Width::may_shrink},
                 {.title = "BEGINS WITH"},
                 {.title = "SCOPES"},
                 {.title = "CREATED"}});
    if (const auto items = page.find("items"))
      for (const auto key : items->elements())
        table.add({{text_of(key, "id")},
                   {text_of(key, "name")},
                   {text_of(key, "prefix")},
                   {words_of_scopes(key)},
                   {short_time(text_of(key, "created_at"))}});
    if (table.is_empty())
      context.err << "No keys yet. Make one: orc key add NAME --scope read\n";
    else
      table.print(context.out, context.terminal);
    return ExitCode::ok;
  });
}

Outcome<ExitCode> remove_key(ClientContext& context, ApiClient& client, std::int64_t id) {
  auto reply = client.send("DELETE", keys_path + ("/" + std::to_string(id)), {});
  if (!reply) return std::unexpected(reply.error());
  context.out << (context.flags.as_json ? "{}" : "key " + std::to_string(id) + " counts no more") << "\n";
  return ExitCode::ok;
}

}  // namespace

void add_key_commands(CLI::App& app, ClientContext& context) {
  auto* key = app.add_subcommand("key", "Make, list and end your API keys");
  key->require_subcommand(1);
  key->footer(
      "Examples:\n  ORC_TOKEN=$(orc key add \"nightly import\" --scope read --scope submit)\n  orc key list\n  orc key remove 3\n\nKeys "
      "are an account's: `orc login` first, as the key of a data directory (cli.json) is nobody's.");

  auto* adding = key->add_subcommand("add", "Make a key and print it, this once");
  const auto wanted = std::make_shared<NewKey>();
  adding->add_option("NAME", wanted->name, "What it is for, up to 100 letters")->required();
  adding
      ->add_option(
          "--scope", wanted->scopes,
          "What it may do, as far as you may; may be repeated (read and submit). Only administrators make keys with admin or worker")
      ->check(CLI::IsMember({"read", "submit", "admin", "worker"}));
  add_client_action(*adding, context, "Example:\n  orc key add \"gpu host\" --scope worker > worker.key",
                    [&context, wanted](ApiClient& client) { return make_key(context, client, *wanted); });

  auto* listing = key->add_subcommand("list", "List your keys; what they are is not kept");
  add_client_action(*listing, context, "Example:\n  orc key list --json | jq '.items[].name'",
                    [&context](ApiClient& client) { return list_keys(context, client); });

  auto* removing = key->add_subcommand("remove", "End a key: it counts no more from the next request on");
  const auto id = std::make_shared<std::int64_t>();
  removing->add_option("ID", *id, "Id of the key, as `orc key list` shows it")->required()->check(CLI::PositiveNumber);
  add_client_action(*removing, context, "Example:\n  orc key remove 3",
                    [&context, id](ApiClient& client) { return remove_key(context, client, *id); });
}

}  // namespace orc
