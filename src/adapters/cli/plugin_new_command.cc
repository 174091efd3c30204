#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <utility>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/plugin_authoring.h"
#include "adapters/cli/plugin_kits.h"
#include "adapters/cli/plugin_templates.h"
#include "adapters/system/file_text.h"
#include "domain/plugin/plugin.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

struct NewOptions {
  std::string name;
  std::string folder;
  bool python = false;
  bool cpp = false;
  bool shell = false;
  bool warm = false;
};

Outcome<PluginLanguage> language_of(const NewOptions& options) {
  if (options.python + options.cpp + options.shell != 1) return stop_with(ExitCode::usage, "say one of --python, --cpp and --shell");
  if (options.python) return PluginLanguage::python;
  if (options.shell && options.warm) return stop_with(ExitCode::usage, "--warm needs a kit: there is one for --python and for --cpp");
  return options.cpp ? PluginLanguage::cpp : PluginLanguage::shell;
}

std::vector<TemplateFile> files_of(PluginLanguage language, const NewOptions& options) {
  const PluginMode mode = options.warm ? PluginMode::warm : PluginMode::once;
  std::vector<TemplateFile> files = plugin_template(language, mode, options.name);
  for (TemplateFile& file : plugin_kit(language, mode)) files.push_back(std::move(file));
  return files;
}

Outcome<ExitCode> make_plugin(ClientContext& context, const NewOptions& options) {
  const auto language = language_of(options);
  if (!language) return std::unexpected(language.error());
  if (!is_plugin_name(options.name))
    return stop_with(ExitCode::usage, "\"" + options.name + "\" is no name for a plugin: 1 to 100 of a-z, 0-9 and -");
  const fs::path folder = options.folder.empty() ? fs::path(options.name) : fs::path(options.folder);
  std::error_code problem;
  if (fs::exists(folder, problem))
    return stop_with(ExitCode::usage, folder.string() + " is there already; nothing was changed. Say another --folder, or remove it");
  fs::create_directories(folder, problem);
  if (problem) return stop_with(ExitCode::internal, folder.string() + ": " + problem.message());
  for (const TemplateFile& file : files_of(*language, options)) {
    if (const auto written = write_file(folder / file.name, file.text, file.is_executable ? 0755 : 0644); !written)
      return std::unexpected(failure_of(written.error()));
    context.out << (folder / file.name).string() << "\n";
  }
  context.err << "Next: orc plugin test " << folder.string() << "\nThen: orc plugin add " << folder.string() << " && orc run "
              << options.name << " @" << (folder / "input.json").string() << "\n";
  return ExitCode::ok;
}

}  // namespace

void add_plugin_new(CLI::App& plugin, ClientContext& context) {
  auto* command = plugin.add_subcommand("new", "Make a folder with a small working plugin: plugin.json, its schemas, a program, an input");
  const auto options = std::make_shared<NewOptions>();
  command->add_option("NAME", options->name, "Name of the plugin, and of the folder")->required();
  command->add_flag("--python", options->python, "A program in Python");
  command->add_flag("--cpp", options->cpp, "A program in C++, with a Makefile and its kit");
  command->add_flag("--shell", options->shell, "A script for /bin/sh");
  command->add_flag("--warm", options->warm,
                    "A program that stays up and is sent one job after another, and the kit that it is written with");
  command->add_option("--folder", options->folder, "Make this folder instead of one called NAME");
  command->footer(
      "Examples:\n  orc plugin new word-count --python\n  orc plugin new adder --cpp --folder plugins/adder\n  orc plugin new sentiment "
      "--python --warm");
  command->callback([&context, options] { run_command(context, [&] { return make_plugin(context, *options); }); });
}

}  // namespace orc
