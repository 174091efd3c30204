#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <iostream>
#include <memory>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/indented_json.h"
#include "adapters/cli/job_view.h"
#include "adapters/cli/plugin_authoring.h"
#include "adapters/cli/plugin_folder.h"
#include "adapters/cli/table.h"
#include "adapters/json/json_writer.h"

namespace orc {
namespace {

std::string path_of(const std::string& name) { return "/api/v1/plugins/" + percent_encoded(name); }

struct AddOptions {
  std::string folder;
  std::string image;
  std::string name;
  std::string version = "1.0.0";
  std::string description;
};

Outcome<ApiReply> register_image(ApiClient& client, const AddOptions& options) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("name", options.name);
  json.member("version", options.version);
  if (!options.description.empty()) json.member("description", options.description);
  json.member("docker_image_url", options.image);
  json.end_object();
  return client.send("POST", "/api/v1/plugins", body);
}

// A version as people tell it apart from others of the same number.
std::string named_version(JsonValue version) { return text_of(version, "version") + " (id " + text_of(version, "version_id") + ")"; }

// The newest version of this number among those that there were, unless the version that is there now was one of them already.
std::optional<JsonValue> changed_under_number(JsonValue versions_before, JsonValue now) {
  const auto items = versions_before.find("items");
  if (!items) return {};
  std::optional<JsonValue> newest;
  for (const JsonValue version : items->elements()) {
    if (text_of(version, "version_id") == text_of(now, "version_id")) return {};
    if (!newest && text_of(version, "version") == text_of(now, "version")) newest = version;
  }
  return newest;
}

// Registers the folder, and says so where its number stands for two things now.
Outcome<ExitCode> add_folder(ClientContext& context, ApiClient& client, const std::string& folder) {
  if (auto built = build_plugin(folder); !built) return std::unexpected(built.error());
  const auto packed = pack_plugin(folder);
  if (!packed) return std::unexpected(packed.error());
  print_warnings(context, *packed);
  auto before = client.get(path_of(packed->plugin.name) + "/versions");
  if (!before && before.error().code != ExitCode::not_found) return std::unexpected(before.error());
  const auto earlier = before ? before->json() : Outcome<JsonValue>(std::unexpected(before.error()));
  auto reply = upload_plugin(client, *packed);
  const bool is_new = reply && reply->status() == 201;
  return show_reply(context, std::move(reply), [&](JsonValue plugin) {
    context.out << printable(text_of(plugin, "name")) << " " << text_of(plugin, "version") << (is_new ? " added\n" : " is current\n");
    if (const auto changed = earlier ? changed_under_number(*earlier, plugin) : std::nullopt)
      context.err << coloured(context.terminal, Colour::yellow, "warning: ")
                  << "it changed under the same number: " << named_version(*changed) << " and " << named_version(plugin)
                  << " are both there; raise `version` in plugin.json\n";
    return ExitCode::ok;
  });
}

Outcome<ExitCode> add(ClientContext& context, ApiClient& client, const AddOptions& options) {
  if (options.folder.empty() == options.image.empty())
    return stop_with(ExitCode::usage, "give the plugin's FOLDER, or --image IMAGE with --name NAME");
  if (!options.image.empty() && options.name.empty()) return stop_with(ExitCode::usage, "--image needs --name NAME");
  if (!options.folder.empty()) return add_folder(context, client, options.folder);
  return show_reply(context, register_image(client, options), [&](JsonValue plugin) {
    context.out << printable(text_of(plugin, "name")) << " " << text_of(plugin, "version") << " added\n";
    return ExitCode::ok;
  });
}

void add_add(CLI::App& plugin, ClientContext& context) {
  auto* command = plugin.add_subcommand("add", "Register a plugin from its folder, or a new version of it");
  const auto options = std::make_shared<AddOptions>();
  command->add_option("FOLDER", options->folder, "Folder with plugin.json and the program; `make` runs first if there is a Makefile");
  command->add_option("--image", options->image, "Register a container image instead");
  command->add_option("--name", options->name, "Name, with --image");
  command->add_option("--version", options->version, "Version x.y.z, with --image (1.0.0)");
  command->add_option("--description", options->description, "Description, with --image");
  add_client_action(
      *command, context,
      "Examples:\n  orc plugin add plugins/example-classifier\n  orc plugin add --image registry.example/team/scorer:3 --name scorer",
      [&context, options](ApiClient& client) { return add(context, client, *options); });
}

// What a version runs: its image or its command.
std::string program_of(JsonValue plugin) {
  const std::string image = text_of(plugin, "docker_image_url");
  if (!image.empty()) return image;
  std::string words;
  if (const auto command = plugin.find("command"))
    for (const auto argument : command->elements()) words.append(words.empty() ? "" : " ").append(argument.as_string().value_or(""));
  return words;
}

Outcome<ExitCode> print_plugins(ClientContext& context, JsonValue page) {
  Table table({{.title = "NAME"},
               {.title = "VERSION"},
               {.title = "ACTIVE"},
               {.title = "CREATED"},
               {.title = "RUNS", .width = Column::Width::may_shrink},
               {.title = "DESCRIPTION", .width = Column::Width::may_shrink}});
  if (const auto items = page.find("items"))
    for (const auto plugin : items->elements()) {
      const bool is_active = text_of(plugin, "is_active") == "true";
      table.add({{text_of(plugin, "name")},
                 {text_of(plugin, "version")},
                 {is_active ? "yes" : "no", is_active ? Colour::green : Colour::yellow},
                 {short_time(text_of(plugin, "created_at"))},
                 {program_of(plugin)},
                 {text_of(plugin, "description")}});
    }
  if (table.is_empty()) {
    context.err << "No plugins yet. Add one: orc plugin add FOLDER\n";
  } else {
    table.print(context.out, context.terminal);
  }
  return ExitCode::ok;
}

Outcome<ExitCode> list_plugins(ClientContext& context, ApiClient& client, const std::string& name_part) {
  return show_reply(context, client.get("/api/v1/plugins?limit=1000&name=" + percent_encoded(name_part)),
                    [&context](JsonValue page) { return print_plugins(context, page); });
}

void add_list_of_plugins(CLI::App& plugin, ClientContext& context) {
  auto* command = plugin.add_subcommand("list", "List plugins");
  const auto name_part = std::make_shared<std::string>();
  command->add_option("NAME", *name_part, "Only those with this in their name");
  add_client_action(*command, context, "Examples:\n  orc plugin list\n  orc plugin list example --json",
                    [&context, name_part](ApiClient& client) { return list_plugins(context, client, *name_part); });
}

struct NamedVersion {
  std::string name;
  std::string version;
  bool even_with_jobs = false;
};

// "sha256:" and enough to tell packages apart.
constexpr std::size_t package_shown_length = 7 + 12;

// Those that there are, indented, as they are long.
void print_schemas(ClientContext& context, JsonValue plugin) {
  for (const auto* field : {"input_schema", "output_schema"}) {
    const auto schema = plugin.find(field);
    if (!schema || schema->is_null()) continue;
    context.out << "\n" << coloured(context.terminal, Colour::grey, field) << "\n";
    for (const std::string& line : indented_lines(schema->raw())) context.out << "  " << printable(line) << "\n";
  }
}

Outcome<ExitCode> show(ClientContext& context, ApiClient& client, const NamedVersion& named) {
  auto versions = client.get(path_of(named.name) + "/versions");
  if (!versions) return std::unexpected(versions.error());
  auto reply = client.get(path_of(named.name));
  if (!reply) return std::unexpected(reply.error());
  if (context.flags.as_json) {
    context.out << R"({"plugin":)" << reply->body() << R"(,"versions":)" << versions->body() << "}\n";
    return ExitCode::ok;
  }
  const auto plugin = reply->json();
  const auto answer = versions->json();
  if (!plugin || !answer) return std::unexpected(plugin ? answer.error() : plugin.error());
  for (const auto* field :
       {"name", "version", "description", "is_active", "docker_image_url", "command", "package", "network", "limits", "retry"}) {
    const std::string text = text_of(*plugin, field);
    std::string title(field);
    title.resize(18, ' ');
    if (!text.empty()) context.out << coloured(context.terminal, Colour::grey, title) << printable(text) << "\n";
  }
  Table table({{.title = "VERSION"},
               {.title = "ID", .align = Align::right},
               {.title = "CURRENT"},
               {.title = "CREATED"},
               {.title = "PACKAGE"},
               {.title = "RUNS", .width = Column::Width::may_shrink}});
  const auto items = answer->is_array() ? *answer : answer->find("items").value_or(*answer);
  for (const auto version : items.elements())
    table.add({{text_of(version, "version")},
               {text_of(version, "version_id")},
               {text_of(version, "is_current") == "true" ? "yes" : ""},
               {short_time(text_of(version, "created_at"))},
               {text_of(version, "package").substr(0, package_shown_length)},
               {program_of(version)}});
  context.out << "\n";
  table.print(context.out, context.terminal);
  print_schemas(context, *plugin);
  return ExitCode::ok;
}

// A command on one plugin, whose name comes first. Its further options can be added to what it gives.
CLI::App* add_on_plugin(CLI::App& plugin, ClientContext& context, const std::string& verb, const std::string& description,
                        const std::shared_ptr<NamedVersion>& named, const std::string& example,
                        Outcome<ExitCode> (*action)(ClientContext&, ApiClient&, const NamedVersion&)) {
  auto* command = plugin.add_subcommand(verb, description);
  command->add_option("NAME", named->name, "Name of the plugin")->required();
  add_client_action(*command, context, "Example:\n  orc plugin " + verb + " " + example,
                    [&context, named, action](ApiClient& client) { return action(context, client, *named); });
  return command;
}

Outcome<ExitCode> roll_back(ClientContext& context, ApiClient& client, const NamedVersion& back) {
  const bool is_id = std::ranges::all_of(back.version, [](unsigned char c) { return std::isdigit(c) != 0; });
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  if (is_id)
    json.key("version_id").raw(back.version);
  else
    json.member("version", back.version);
  json.end_object();
  return show_reply(context, client.send("POST", path_of(back.name) + "/rollback", body), [&](JsonValue plugin) {
    context.out << printable(text_of(plugin, "name")) << " " << named_version(plugin) << " is current\n";
    return ExitCode::ok;
  });
}

// What waits for the plugin fails with it: that is done only if it was said.
Outcome<ExitCode> remove(ClientContext& context, ApiClient& client, const NamedVersion& removed) {
  if (!removed.even_with_jobs) {
    auto waiting = client.get("/api/v1/jobs?scope=all&status=queued&limit=1&plugin_name=" + percent_encoded(removed.name));
    if (!waiting) return std::unexpected(waiting.error());
    const auto page = waiting->json();
    if (!page) return std::unexpected(page.error());
    if (const std::string total = text_of(*page, "total"); total != "0")
      return stop_with(ExitCode::not_found, (total == "1" ? "1 job waits" : total + " jobs wait") + " for " + removed.name +
                                                " and would fail with it; let that run, or repeat with --yes");
  }
  auto reply = client.send("DELETE", path_of(removed.name), {});
  if (!reply) return std::unexpected(reply.error());
  context.out << (context.flags.as_json ? "{}" : removed.name + " removed") << "\n";
  return ExitCode::ok;
}

void add_named(CLI::App& plugin, ClientContext& context) {
  add_on_plugin(plugin, context, "show", "Show one plugin and its versions", std::make_shared<NamedVersion>(), "example-classifier", show);
  const auto back = std::make_shared<NamedVersion>();
  add_on_plugin(plugin, context, "rollback", "Make an earlier version current again", back, "example-classifier 1.0.0", roll_back)
      ->add_option("VERSION", back->version, "Version x.y.z, or the id of one, as `orc plugin show` lists them")
      ->required();
  const auto removed = std::make_shared<NamedVersion>();
  add_on_plugin(plugin, context, "remove", "Remove a plugin; its ended jobs stay", removed, "example-classifier", remove)
      ->add_flag("--yes", removed->even_with_jobs, "Even if jobs wait for it: they fail");
}

}  // namespace

void add_plugin_commands(CLI::App& app, ClientContext& context) {
  auto* plugin = app.add_subcommand("plugin", "Make, try, register, list and change plugins");
  plugin->require_subcommand(1);
  plugin->footer(
      "Examples:\n  orc plugin new word-count --python   a folder with a working plugin\n  orc plugin test word-count           run it, "
      "without a "
      "server\n"
      "  orc plugin add word-count            register it\n  orc plugin dev word-count            register it again whenever a file is "
      "saved\n"
      "  orc plugin list");
  add_plugin_new(*plugin, context);
  add_plugin_test(*plugin, context);
  add_plugin_dev(*plugin, context);
  add_add(*plugin, context);
  add_list_of_plugins(*plugin, context);
  add_named(*plugin, context);
}

}  // namespace orc
