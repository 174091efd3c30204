#include "adapters/sandbox/process_tree.h"

#include <charconv>
#include <filesystem>
#include <map>
#include <string>

#include "adapters/sandbox/cgroup_files.h"

namespace orc {
namespace {

// The fourth field of /proc/PID/stat; the second one, a name in parentheses, may hold anything (man 5 proc). 0: the process is gone.
pid_t parent_in(const std::string& stat) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos || name_end + 4 >= stat.size()) return 0;
  pid_t parent = 0;
  const auto number = std::from_chars(stat.data() + name_end + 4, stat.data() + stat.size(), parent);
  return number.ec == std::errc{} ? parent : 0;
}

std::multimap<pid_t, pid_t> children_by_parent() {
  std::multimap<pid_t, pid_t> children;
  std::error_code ignored;  // what cannot be listed is not there
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename().string();
    pid_t process = 0;
    const auto number = std::from_chars(name.data(), name.data() + name.size(), process);
    if (number.ec != std::errc{} || number.ptr != name.data() + name.size()) continue;
    if (const pid_t parent = parent_in(read_kernel_file(entry.path() / "stat")); parent > 0) children.emplace(parent, process);
  }
  return children;
}

}  // namespace

std::vector<pid_t> descendants_of(pid_t ancestor, int generations_skipped) {
  const auto children = children_by_parent();
  std::vector<pid_t> found;
  std::vector<pid_t> generation{ancestor};
  for (int depth = 0; !generation.empty() && depth <= static_cast<int>(children.size()); ++depth) {
    std::vector<pid_t> next;
    for (const pid_t parent : generation) {
      const auto [first, last] = children.equal_range(parent);
      for (auto child = first; child != last; ++child) next.push_back(child->second);
    }
    if (depth >= generations_skipped) found.insert(found.end(), next.begin(), next.end());
    generation = std::move(next);
  }
  return found;
}

}  // namespace orc
