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

// What is at its end is not looked for.
bool leads_through_a_link(const PackageScan& scan, const std::string& path) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
    if (const auto above = scan.files.find(path.substr(0, slash)); above != scan.files.end() && above->second == PackageFile::link)
      return true;
  return false;
}

FieldFault fault_of_program(std::string why) { return {.loc = {"command", std::int64_t{0}}, .msg = std::move(why), .type = "value_error"}; }

}  // namespace

Draft<NewPlugin> read_packed_plugin(const PackageScan& scan) {
  Draft<NewPlugin> draft = read_new_plugin(scan.manifest);
  const std::string path = path_in_package(draft.content.spec.command);
  if (path.empty() || leads_through_a_link(scan, path)) return draft;
  const auto file = scan.files.find(path);
  if (file == scan.files.end())
    draft.faults.push_back(fault_of_program(path + " is no file of the package, so that it cannot be started"));
  else if (file->second == PackageFile::plain)
    draft.faults.push_back(fault_of_program(path + " has no execute bit in the package, so that it cannot be started: chmod +x " + path +
                                            ", or let `command` begin with what runs it, such as \"/usr/bin/python3\""));
  return draft;
}

}  // namespace orc
