#include "launch/process_family.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

namespace orc::launch {
namespace {

// The fourth field of /proc/PID/stat; the second one, a name in parentheses, may hold anything (man 5 proc). 0: the process is gone.
pid_t parent_of(const char* pid) {
  const std::string path = std::string("/proc/") + pid + "/stat";
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[512];
  const ssize_t size = read(file, text, sizeof text);
  close(file);
  if (size <= 0) return 0;
  const std::string_view stat(text, static_cast<std::size_t>(size));
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos || name_end + 4 >= stat.size()) return 0;
  pid_t parent = 0;
  const auto read_number = std::from_chars(stat.data() + name_end + 4, stat.data() + stat.size(), parent);
  return read_number.ec == std::errc{} ? parent : 0;
}

}  // namespace

std::vector<Relation> processes_now() {
  std::vector<Relation> all;
  DIR* folder = opendir("/proc");
  if (folder == nullptr) return all;
  while (const dirent* entry = readdir(folder)) {
    pid_t process = 0;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    const auto read_number = std::from_chars(entry->d_name, end, process);
    if (read_number.ec != std::errc{} || read_number.ptr != end) continue;
    if (const pid_t parent = parent_of(entry->d_name); parent > 0) all.push_back({process, parent});
  }
  closedir(folder);
  return all;
}

std::vector<pid_t> descendants(const std::vector<Relation>& all, pid_t ancestor, int generations_skipped) {
  std::vector<Relation> by_parent = all;
  std::ranges::sort(by_parent, {}, &Relation::parent);
  std::vector<pid_t> found;
  std::vector<pid_t> generation{ancestor};
  // Numbers are used again while they are read, so that there may seem to be a circle.
  for (int depth = 0; !generation.empty() && depth < static_cast<int>(all.size()) + 1; ++depth) {
    std::vector<pid_t> children;
    for (const pid_t parent : generation)
      for (const Relation& relation : std::ranges::equal_range(by_parent, parent, {}, &Relation::parent))
        children.push_back(relation.process);
    if (depth >= generations_skipped) found.insert(found.end(), children.begin(), children.end());
    generation = std::move(children);
  }
  return found;
}

bool reap(pid_t command, std::optional<int>& command_status) {
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, WNOHANG);
    if (ended == 0) return true;
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) return false;
    if (ended == command) command_status = status;
  }
}

}  // namespace orc::launch
