#include "launch/guard.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <dirent.h>
#include <fstream>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace orc::launch {
namespace {

constexpr int tries_max = 500;
constexpr int pause_ms = 20;

std::vector<std::string> folders_in(const std::string& folder) {
  std::vector<std::string> found;
  DIR* const entries = opendir(folder.c_str());
  if (entries == nullptr) return found;
  while (const dirent* entry = readdir(entries))
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') found.push_back(folder + "/" + entry->d_name);
  closedir(entries);
  return found;
}

// True once the cgroup is gone. Who was killed leaves it a moment later.
bool end_cgroup(const std::string& folder) {
  for (const std::string& inner : folders_in(folder)) end_cgroup(inner);
  std::ifstream members(folder + "/cgroup.procs");
  for (pid_t member = 0; members >> member;)
    if (member > 1) kill(member, SIGKILL);
  return rmdir(folder.c_str()) == 0 || errno == ENOENT;
}

void wait_for_end_of_input() {
  char ignored[64];
  for (;;) {
    const ssize_t size = read(STDIN_FILENO, ignored, sizeof ignored);
    if (size == 0 || (size < 0 && errno != EINTR)) return;
  }
}

}  // namespace

void leave_the_workers_group() {
  setsid();
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) std::signal(signal, SIG_IGN);
}

int guard(std::span<char* const> folders) {
  leave_the_workers_group();
  wait_for_end_of_input();
  std::vector<std::string> left(folders.begin(), folders.end());
  for (int tries = 0; tries < tries_max; ++tries) {
    std::erase_if(left, end_cgroup);
    if (left.empty()) return EXIT_SUCCESS;
    poll(nullptr, 0, pause_ms);
  }
  return EXIT_FAILURE;
}

}  // namespace orc::launch
