#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <set>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/folder_state.h"
#include "adapters/cli/folder_watch.h"
#include "adapters/cli/plugin_authoring.h"
#include "adapters/cli/plugin_dev_run.h"
#include "adapters/cli/plugin_folder.h"

namespace orc {
namespace {

constexpr std::chrono::milliseconds quiet_after_save{150};

struct DevOptions {
  std::string folder;
  std::string input;
};

// Registers a folder again and again, and says what came of it. A fault in it ends nothing: its author mends it and saves again.
class Registrations {
 public:
  Registrations(ClientContext& context, ApiClient& client, const DevOptions& options)
      : context_(context), client_(client), options_(options) {}

  // The plugin's name, if the server has a version now that it had not before.
  std::optional<std::string> register_now() {
    auto registered = build_and_send();
    if (registered) return *registered;
    say(registered.error().message, Colour::red);
    return {};
  }

  // Nothing, if the folder is as the last make left it: else what make writes would have it made for ever.
  std::optional<std::string> register_what_changed() { return state_of_folder(options_.folder) != left_ ? register_now() : std::nullopt; }

  void say(const std::string& sentence, Colour colour) {
    context_.out << coloured(context_.terminal, colour, printable(sentence)) << std::endl;
  }

 private:
  Outcome<std::optional<std::string>> build_and_send() {
    if (auto built = build(); !built) return std::unexpected(built.error());
    auto packed = pack_plugin(options_.folder);
    if (!packed) return std::unexpected(packed.error());
    if (packed->package == sent_) return std::nullopt;  // something was saved that is no part of it, or the same once more
    print_warnings(context_, *packed);
    auto reply = upload_plugin(client_, *packed);
    if (!reply) return std::unexpected(reply.error());
    sent_ = std::move(packed->package);
    const auto plugin = reply->json();
    if (!plugin) return std::unexpected(plugin.error());
    say(text_of(*plugin, "name") + " " + text_of(*plugin, "version") + (reply->status() == 201 ? " added" : " is current"), Colour::green);
    return text_of(*plugin, "name");
  }

  // Once more for each file that changed while make ran and of which it is not known yet that make writes it: it may have been saved too
  // late for this time.
  Outcome<void> build() {
    for (;;) {
      const FolderState before = state_of_folder(options_.folder);
      std::erase_if(made_, [&](const std::string& path) { return !is_as_in(before, path); });
      auto built = build_plugin(options_.folder);
      left_ = state_of_folder(options_.folder);
      bool may_be_late = false;
      for (const auto& [path, file] : left_)
        if (!is_as_in(before, path) && made_.insert(path).second && before.contains(path)) may_be_late = true;
      if (!may_be_late) return built;
    }
  }

  bool is_as_in(const FolderState& other, const std::string& path) const {
    const auto here = left_.find(path);
    const auto there = other.find(path);
    return here != left_.end() && there != other.end() && here->second == there->second;
  }

  ClientContext& context_;
  ApiClient& client_;
  const DevOptions& options_;
  std::string sent_;            // the package that the server has
  FolderState left_;            // by the last make
  std::set<std::string> made_;  // paths that make writes: they changed while it ran, and at no other time since
};

// What takes a while and hears no signal: one ends this process at once meanwhile, as it does while a run goes on.
std::optional<std::string> with_signals(const DevRun& run, const std::function<std::optional<std::string>()>& work) {
  std::optional<FolderWatch::SignalsEndAtOnce> meanwhile;
  if (!run.is_going()) meanwhile.emplace();
  return work();
}

// Follows the run, if one goes on, until something is saved or a signal comes.
Result<FolderWatch::News> next_news(FolderWatch& watch, DevRun& run, Registrations& registrations) {
  while (run.is_going()) {
    if (const auto looked = run.look(); !looked) registrations.say(looked.error().message, Colour::red);
    if (!run.is_going()) break;
    auto saved = watch.saved_within(run.pause(), quiet_after_save);
    if (!saved) return pass_on(saved);
    if (!*saved) continue;
    run.hide();
    return FolderWatch::News::saved;
  }
  return watch.wait(quiet_after_save);
}

Outcome<ExitCode> develop(ClientContext& context, ApiClient& client, const DevOptions& options) {
  auto watch = FolderWatch::start(options.folder);
  if (!watch) return std::unexpected(failure_of(watch.error()));
  context.err << "watching " << options.folder << "; Ctrl-C ends" << std::endl;
  Registrations registrations(context, client, options);
  DevRun run(context, client, options.input);
  auto added = with_signals(run, [&] { return registrations.register_now(); });
  for (;;) {
    if (added && !options.input.empty())
      if (const auto begun = run.begin(*added); !begun) registrations.say(begun.error().message, Colour::red);
    const auto news = next_news(*watch, run, registrations);
    if (!news) return std::unexpected(failure_of(news.error()));
    if (*news == FolderWatch::News::interrupted) return ExitCode::ok;
    added = with_signals(run, [&] { return registrations.register_what_changed(); });
  }
}

}  // namespace

Outcome<ApiReply> upload_plugin(ApiClient& client, const PackedPlugin& packed) {
  return client.send("PUT", "/api/v1/plugins/" + percent_encoded(packed.plugin.name) + "/package", packed.package, "application/gzip");
}

void add_plugin_dev(CLI::App& plugin, ClientContext& context) {
  auto* command = plugin.add_subcommand("dev", "Register a plugin's folder again whenever a file in it is saved, until Ctrl-C");
  const auto options = std::make_shared<DevOptions>();
  command->add_option("DIR", options->folder, "Folder with plugin.json and the program; `make` runs first if there is a Makefile")
      ->required();
  command->add_option("--input", options->input, "Also run it on this file each time, follow its log and progress, and print the result");
  add_client_action(*command, context,
                    "Examples:\n  orc plugin dev word-count\n  orc plugin dev word-count --input word-count/input.json\n\n"
                    "Each registration is a new version of the plugin on the server; what cannot be registered is said, and the next save "
                    "tried again. What still runs of the version before is cancelled then.",
                    [&context, options](ApiClient& client) { return develop(context, client, *options); });
}

}  // namespace orc
