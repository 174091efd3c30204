#include "adapters/cli/plugin_folder.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/cli/nearest_word.h"
#include "adapters/json/json_document.h"
#include "adapters/package/package_packer.h"
#include "adapters/package/package_scan.h"
#include "adapters/package/packed_plugin.h"
#include "adapters/package/unknown_fields.h"
#include "domain/fault_list.h"

namespace orc {
namespace {

// What make prints is no result: it goes where errors go. It can be interrupted, also where this process only hears of that.
class MakeOptions {
 public:
  MakeOptions() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, STDERR_FILENO, STDOUT_FILENO);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
  }
  ~MakeOptions() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  MakeOptions(const MakeOptions&) = delete;
  MakeOptions& operator=(const MakeOptions&) = delete;
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

std::vector<std::string> warnings_of(const std::vector<UnknownField>& fields) {
  std::vector<std::string> warnings;
  for (const UnknownField& field : fields) {
    const auto nearest = nearest_word(field.path, field.choices);
    warnings.push_back("plugin.json: " + field.path + " means nothing and is ignored" +
                       (nearest ? "; did you mean " + *nearest + "?" : ", see docs/plugins.md"));
  }
  return warnings;
}

}  // namespace

void print_warnings(ClientContext& context, const PackedPlugin& packed) {
  for (const std::string& warning : packed.warnings)
    context.err << coloured(context.terminal, Colour::yellow, "warning: ") << printable(warning) << std::endl;
}

std::string words_of(const std::vector<FieldFault>& faults) {
  std::string text;
  for (const FieldFault& fault : faults) {
    text.append(text.empty() ? "plugin.json: " : "\nplugin.json: ");
    for (const FieldStep& step : fault.loc) {
      if (&step != &fault.loc.front()) text += '.';
      const auto* const name = std::get_if<std::string>(&step);
      text += name != nullptr ? *name : std::to_string(std::get<std::int64_t>(step));
    }
    text.append(fault.loc.empty() ? "" : ": ").append(fault.msg);
  }
  return text;
}

Outcome<PackedPlugin> pack_plugin(const std::filesystem::path& folder) {
  auto tar = pack_folder(folder);
  if (!tar) return std::unexpected(failure_of(tar.error()));
  auto scan = scan_package(*tar);
  if (!scan) return std::unexpected(failure_of(scan.error()));
  auto plugin = read_packed_plugin(*scan);
  FaultList faults(plugin.faults);
  judge(plugin.content.spec, faults);
  if (!faults.faults().empty()) return stop_with(ExitCode::usage, words_of(faults.faults()));
  std::vector<std::string> warnings = warnings_of(unknown_fields(scan->manifest));
  const auto manifest = JsonDocument::parse(scan->manifest, {.bytes_max = plugin_manifest_bytes_max});
  const auto terms = manifest ? manifest->root().find("warm") : std::nullopt;
  if (plugin.content.spec.mode != PluginMode::warm && terms && !terms->is_null())
    warnings.emplace_back("plugin.json: warm means nothing without \"mode\": \"warm\", and is ignored");
  return PackedPlugin{.package = std::move(*tar), .plugin = std::move(plugin.content), .warnings = std::move(warnings)};
}

Outcome<void> build_plugin(const std::filesystem::path& folder) {
  std::error_code unreadable;  // of a folder that nobody may enter pack_plugin() tells
  if (!std::filesystem::exists(folder / "Makefile", unreadable)) return {};
  std::string words[] = {"make", "-s", "-C", folder.string()};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
  const MakeOptions options;
  pid_t process = 0;
  if (const int reason = posix_spawnp(&process, "make", options.actions(), options.attributes(), arguments, environ); reason != 0)
    return stop_with(ExitCode::internal, std::string("the folder has a Makefile, but make cannot be started: ") + std::strerror(reason));
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {}
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return stop_with(ExitCode::negative, "make failed in " + folder.string() + "; what it said stands above");
}

}  // namespace orc
