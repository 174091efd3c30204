#include "adapters/package/packed_plugin.h"

#include <filesystem>

namespace orc {
namespace {

// The path in the package that a command begins with; empty for an absolute one, which is the host's, and for a name without a slash, which
// is looked for in PATH (man 3 execvp).
std::string path_in_package(const std::vector<std::string>& command) {
  if (command.empty() || command.front().starts_with('/') || !command.front().contains('/')) return {};
  return std::filesystem::path(command.front()).lexically_normal().string();
}

}  // namespace

Draft<NewPlugin> read_packed_plugin(const PackageScan& scan) {
  Draft<NewPlugin> draft = read_new_plugin(scan.manifest);
  const std::string path = path_in_package(draft.content.spec.command);
  if (!scan.plain_files.contains(path)) return draft;
  draft.faults.push_back({.loc = {"command", std::int64_t{0}},
                          .msg = path + " has no execute bit in the package, so that it cannot be started: chmod +x " + path +
                                 ", or let `command` begin with what runs it, such as \"/usr/bin/python3\"",
                          .type = "value_error"});
  return draft;
}

}  // namespace orc
