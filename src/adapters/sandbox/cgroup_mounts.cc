#include "adapters/sandbox/cgroup_mounts.h"

#include <algorithm>
#include <string>

namespace orc {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(separator));
    parts.push_back(part);
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return parts;
}

bool holds(std::string_view list, std::string_view word) {
  const auto words = split(list, ',');
  return std::ranges::find(words, word) != words.end();
}

// The path of this process within the hierarchy of `controller`; version 2 has the empty name.
std::string_view own_path(std::string_view self_cgroup, std::string_view controller) {
  for (const std::string_view line : split(self_cgroup, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    if (controller.empty() ? controllers.empty() : holds(controllers, controller)) return line.substr(second + 1);
  }
  return "/";
}

// In a container without a namespace for cgroups the mount shows a part of the hierarchy only: `root` is that part's own path.
CgroupPlace place(std::string_view root, std::string_view mounted_at, std::string_view path) {
  if (root != "/" && path.starts_with(root)) path.remove_prefix(root.size());
  while (path.starts_with('/')) path.remove_prefix(1);
  const std::filesystem::path top(mounted_at);
  return {.top = top, .own = path.empty() || path.starts_with("..") ? top : top / path};
}

}  // namespace

CgroupMounts read_cgroup_mounts(std::string_view mountinfo, std::string_view self_cgroup) {
  CgroupMounts mounts;
  for (const std::string_view line : split(mountinfo, '\n')) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    const auto before = split(line.substr(0, dash), ' ');
    const auto after = split(line.substr(dash + 3), ' ');
    if (before.size() < 5 || after.size() < 3) continue;
    if (after[0] == "cgroup2" && !mounts.unified) mounts.unified = place(before[3], before[4], own_path(self_cgroup, ""));
    if (after[0] != "cgroup") continue;
    if (holds(after[2], "memory")) mounts.memory = place(before[3], before[4], own_path(self_cgroup, "memory"));
    if (holds(after[2], "pids")) mounts.pids = place(before[3], before[4], own_path(self_cgroup, "pids"));
    if (holds(after[2], "cpu")) mounts.cpu = place(before[3], before[4], own_path(self_cgroup, "cpu"));
    if (holds(after[2], "cpuacct")) mounts.cpuacct = place(before[3], before[4], own_path(self_cgroup, "cpuacct"));
  }
  return mounts;
}

}  // namespace orc
