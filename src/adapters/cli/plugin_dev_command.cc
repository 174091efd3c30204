#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <set>

#include "adapters/cli/client_commands.h"
#include "adapters/cli/folder_state.h"
#include "adapters/cli/folder_watch.h"
#include "adapters/cli/plugin_authoring.h"
#include "adapters/cli/plugin_folder.h"

namespace orc {
namespace {

constexpr std::chrono::milliseconds quiet{150};
constexpr std::chrono::seconds run_wait{60};

struct DevOptions {
  std::string folder;
  std::string input;
};

// Registers a folder again and again, and says what came of it. A fault in it ends nothing: its author mends it and saves again.
class Registrations {
 public:
  Registrations(ClientContext& context, ApiClient& client, const DevOptions& options)
      : context_(context), client_(client), options_(options) {}

  // It may take as long as its plugin runs.
  void register_now() {
    const FolderWatch::SignalsEndAtOnce meanwhile;
    if (const auto done = build_and_send(); !done) say(done.error().message, Colour::red);
  }

  // Nothing, if the folder is as the last make left it: else what make writes would have it made for ever.
  void register_what_changed() {
    if (state_of_folder(options_.folder) != left_) register_now();
  }

 private:
  Outcome<void> build_and_send() {
    if (auto built = build(); !built) return built;
    auto packed = pack_plugin(options_.folder);
    if (!packed) return std::unexpected(packed.error());
    if (packed->package == sent_) return {};  // something was saved that is no part of it, or the same once more
    print_warnings(context_, *packed);
    auto reply = upload_plugin(client_, *packed);
    if (!reply) return std::unexpected(reply.error());
    sent_ = std::move(packed->package);
    const auto plugin = reply->json();
    if (!plugin) return std::unexpected(plugin.error());
    say(text_of(*plugin, "name") + " " + text_of(*plugin, "version") + (reply->status() == 201 ? " added" : " is current"), Colour::green);
    return options_.input.empty() ? Outcome<void>{} : run_it(text_of(*plugin, "name"));
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

  Outcome<void> run_it(const std::string& name) {
    const auto input = read_input_argument(context_, "@" + options_.input);
    if (!input) return std::unexpected(input.error());
    client_.set_timeout(run_wait + std::chrono::seconds{10});
    auto reply = client_.send("POST", "/api/v1/jobs?wait=" + std::to_string(run_wait.count()),
                              R"({"plugin_name":")" + name + R"(","input_data":)" + *input + "}");
    if (!reply) return std::unexpected(reply.error());
    const auto job = reply->json();
    if (!job) return std::unexpected(job.error());
    const std::string status = text_of(*job, "status");
    const std::string said = status == "completed" ? text_of(*job, "result") : text_of(*job, "error_message");
    say("job " + text_of(*job, "id") + " " + status + (said.empty() ? "" : ": " + said),
        status == "completed" ? Colour::none : Colour::red);
    return {};
  }

  void say(const std::string& sentence, Colour colour) {
    context_.out << coloured(context_.terminal, colour, printable(sentence)) << std::endl;
  }

  ClientContext& context_;
  ApiClient& client_;
  const DevOptions& options_;
  std::string sent_;            // the package that the server has
  FolderState left_;            // by the last make
  std::set<std::string> made_;  // paths that make writes: they changed while it ran, and at no other time since
};

Outcome<ExitCode> develop(ClientContext& context, ApiClient& client, const DevOptions& options) {
  auto watch = FolderWatch::start(options.folder);
  if (!watch) return std::unexpected(failure_of(watch.error()));
  Registrations registrations(context, client, options);
  registrations.register_now();
  context.err << "watching " << options.folder << "; Ctrl-C ends" << std::endl;
  for (;;) {
    const auto news = watch->wait(quiet);
    if (!news) return std::unexpected(failure_of(news.error()));
    if (*news == FolderWatch::News::interrupted) return ExitCode::ok;
    registrations.register_what_changed();
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
  command->add_option("--input", options->input, "Also run it on this file each time, and print the result");
  add_client_action(*command, context,
                    "Examples:\n  orc plugin dev word-count\n  orc plugin dev word-count --input word-count/input.json\n\n"
                    "Each registration is a new version of the plugin on the server; what cannot be registered is said, and the next save "
                    "tried again.",
                    [&context, options](ApiClient& client) { return develop(context, client, *options); });
}

}  // namespace orc
