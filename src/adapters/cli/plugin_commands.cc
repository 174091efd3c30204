#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/job_view.h"
#include "adapters/cli/table.h"
#include "adapters/json/json_writer.h"
#include "adapters/package/package_packer.h"
#include "adapters/package/package_scan.h"
#include "adapters/package/plugin_manifest.h"

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

Outcome<ApiReply> upload_folder(ApiClient& client, const std::string& folder) {
  auto tar = pack_folder(folder);
  if (!tar) return std::unexpected(failure_of(tar.error()));
  // Judged here first: a fault in a file on this host is told without sending 64 MiB.
  auto scan = scan_package(*tar);
  if (!scan) return std::unexpected(failure_of(scan.error()));
  auto plugin = parse_plugin_manifest(scan->manifest);
  if (!plugin) return std::unexpected(failure_of(plugin.error()));
  return client.send("PUT", path_of(plugin->name) + "/package", *tar, "application/gzip");
}

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

Outcome<ExitCode> add(ClientContext& context, ApiClient& client, const AddOptions& options) {
  if (options.folder.empty() == options.image.empty())
    return stop_with(ExitCode::usage, "give the plugin's FOLDER, or --image IMAGE with --name NAME");
  if (!options.image.empty() && options.name.empty()) return stop_with(ExitCode::usage, "--image needs --name NAME");
  auto reply = options.image.empty() ? upload_folder(client, options.folder) : register_image(client, options);
  if (!reply) return std::unexpected(reply.error());
  if (context.flags.as_json) {
    context.out << reply->body() << "\n";
    return ExitCode::ok;
  }
  const auto plugin = reply->json();
  if (!plugin) return std::unexpected(plugin.error());
  context.out << printable(text_of(*plugin, "name")) << " " << text_of(*plugin, "version")
              << (reply->status() == 201 ? " added\n" : " is current\n");
  return ExitCode::ok;
}

void add_add(CLI::App& plugin, ClientContext& context) {
  auto* command = plugin.add_subcommand("add", "Register a plugin from its folder, or a new version of it");
  const auto options = std::make_shared<AddOptions>();
  command->add_option("FOLDER", options->folder, "Folder with plugin.json and the program");
  command->add_option("--image", options->image, "Register a container image instead");
  command->add_option("--name", options->name, "Name, with --image");
  command->add_option("--version", options->version, "Version x.y.z, with --image (1.0.0)");
  command->add_option("--description", options->description, "Description, with --image");
  add_client_options(*command, context);
  command->footer(
      "Examples:\n  orc plugin add plugins/example-classifier\n  orc plugin add --image registry.example/team/scorer:3 --name scorer");
  command->callback([&context, options] { run_with_server(context, [&](ApiClient& client) { return add(context, client, *options); }); });
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

Outcome<ExitCode> list(ClientContext& context, ApiClient& client, const std::string& name_part) {
  auto reply = client.get("/api/v1/plugins?limit=1000&name=" + percent_encoded(name_part));
  if (!reply) return std::unexpected(reply.error());
  if (context.flags.as_json) {
    context.out << reply->body() << "\n";
    return ExitCode::ok;
  }
  const auto page = reply->json();
  if (!page) return std::unexpected(page.error());
  Table table({{.title = "NAME"},
               {.title = "VERSION"},
               {.title = "ACTIVE"},
               {.title = "CREATED"},
               {.title = "RUNS", .width = Column::Width::may_shrink},
               {.title = "DESCRIPTION", .width = Column::Width::may_shrink}});
  if (const auto items = page->find("items"))
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

void add_list(CLI::App& plugin, ClientContext& context) {
  auto* command = plugin.add_subcommand("list", "List plugins");
  const auto name_part = std::make_shared<std::string>();
  command->add_option("NAME", *name_part, "Only those with this in their name");
  add_client_options(*command, context);
  command->footer("Examples:\n  orc plugin list\n  orc plugin list example --json");
  command->callback(
      [&context, name_part] { run_with_server(context, [&](ApiClient& client) { return list(context, client, *name_part); }); });
}

Outcome<ExitCode> show(ClientContext& context, ApiClient& client, const std::string& name) {
  auto versions = client.get(path_of(name) + "/versions");
  if (!versions) return std::unexpected(versions.error());
  auto reply = client.get(path_of(name));
  if (!reply) return std::unexpected(reply.error());
  if (context.flags.as_json) {
    context.out << R"({"plugin":)" << reply->body() << R"(,"versions":)" << versions->body() << "}\n";
    return ExitCode::ok;
  }
  const auto plugin = reply->json();
  const auto answer = versions->json();
  if (!plugin || !answer) return std::unexpected(plugin ? answer.error() : plugin.error());
  for (const auto* field : {"name", "version", "description", "is_active", "docker_image_url", "command", "package", "limits", "retry",
                            "input_schema", "output_schema"}) {
    const std::string text = text_of(*plugin, field);
    std::string title(field);
    title.resize(18, ' ');
    if (!text.empty()) context.out << coloured(context.terminal, Colour::grey, title) << printable(text) << "\n";
  }
  Table table({{.title = "VERSION"}, {.title = "CURRENT"}, {.title = "CREATED"}, {.title = "RUNS", .width = Column::Width::may_shrink}});
  const auto items = answer->is_array() ? *answer : answer->find("items").value_or(*answer);
  for (const auto version : items.elements())
    table.add({{text_of(version, "version")},
               {text_of(version, "is_current") == "true" ? "yes" : ""},
               {short_time(text_of(version, "created_at"))},
               {program_of(version)}});
  context.out << "\n";
  table.print(context.out, context.terminal);
  return ExitCode::ok;
}

struct NamedVersion {
  std::string name;
  std::string version;
};

void add_named(CLI::App& plugin, ClientContext& context) {
  auto* show_command = plugin.add_subcommand("show", "Show one plugin and its versions");
  const auto shown = std::make_shared<NamedVersion>();
  show_command->add_option("NAME", shown->name, "Name of the plugin")->required();
  add_client_options(*show_command, context);
  show_command->footer("Example:\n  orc plugin show example-classifier");
  show_command->callback(
      [&context, shown] { run_with_server(context, [&](ApiClient& client) { return show(context, client, shown->name); }); });

  auto* rollback = plugin.add_subcommand("rollback", "Make an earlier version current again");
  const auto back = std::make_shared<NamedVersion>();
  rollback->add_option("NAME", back->name, "Name of the plugin")->required();
  rollback->add_option("VERSION", back->version, "Version x.y.z, as `orc plugin show` lists it")->required();
  add_client_options(*rollback, context);
  rollback->footer("Example:\n  orc plugin rollback example-classifier 1.0.0");
  rollback->callback([&context, back] {
    run_with_server(context, [&](ApiClient& client) -> Outcome<ExitCode> {
      std::string body = R"({"version":)";
      append_json_string(body, back->version);
      auto reply = client.send("POST", path_of(back->name) + "/rollback", body + "}");
      if (!reply) return std::unexpected(reply.error());
      context.out << (context.flags.as_json ? reply->body() : back->name + " " + back->version + " is current") << "\n";
      return ExitCode::ok;
    });
  });

  auto* remove = plugin.add_subcommand("remove", "Remove a plugin; its queued jobs fail, its ended jobs stay");
  const auto removed = std::make_shared<NamedVersion>();
  remove->add_option("NAME", removed->name, "Name of the plugin")->required();
  add_client_options(*remove, context);
  remove->footer("Example:\n  orc plugin remove example-classifier");
  remove->callback([&context, removed] {
    run_with_server(context, [&](ApiClient& client) -> Outcome<ExitCode> {
      auto reply = client.send("DELETE", path_of(removed->name), {});
      if (!reply) return std::unexpected(reply.error());
      context.out << (context.flags.as_json ? "{}" : removed->name + " removed") << "\n";
      return ExitCode::ok;
    });
  });
}

}  // namespace

void add_plugin_commands(CLI::App& app, ClientContext& context) {
  auto* plugin = app.add_subcommand("plugin", "Register, list and change plugins");
  plugin->require_subcommand(1);
  plugin->footer("Examples:\n  orc plugin add plugins/example-classifier\n  orc plugin list\n  orc plugin show example-classifier");
  add_add(*plugin, context);
  add_list(*plugin, context);
  add_named(*plugin, context);
}

}  // namespace orc
