#include "launch/process_view.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <initializer_list>
#include <string_view>
#include <unistd.h>

namespace orc::launch {
namespace {

constexpr std::size_t text_bytes_max = 4096;
constexpr std::string_view memory_line = "\nRssAnon:";  // of /proc/PID/status, while there is memory

// The sum of the lines "KEY: NUMBER kB" with one of the keys.
std::int64_t bytes_in(std::string_view lines, std::initializer_list<std::string_view> keys) {
  std::int64_t sum = 0;
  for (const std::string_view key : keys) {
    const std::size_t found = lines.find(key);
    if (found == std::string_view::npos) continue;
    const std::size_t number = lines.find_first_not_of(" \t", found + key.size());
    std::int64_t kilobytes = 0;
    if (number == std::string_view::npos) continue;
    std::from_chars(lines.data() + number, lines.data() + lines.size(), kilobytes);
    sum += kilobytes * 1024;
  }
  return sum;
}

bool has_memory(pid_t thread) { return text_of(thread, "status", text_bytes_max).contains(memory_line); }

}  // namespace

std::string text_of(pid_t thread, const char* file, std::size_t bytes_max) {
  const std::string path = "/proc/" + std::to_string(thread) + "/" + file;
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  std::string text;
  char part[16 * 1024];
  while (text.size() < bytes_max) {
    const ssize_t size = read(descriptor, part, std::min(sizeof part, bytes_max - text.size()));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(part, static_cast<std::size_t>(size));
  }
  close(descriptor);
  return text;
}

std::optional<pid_t> living_thread(pid_t process) {
  if (has_memory(process)) return process;
  DIR* const threads = opendir(("/proc/" + std::to_string(process) + "/task").c_str());
  std::optional<pid_t> found;
  while (const dirent* entry = threads == nullptr || found ? nullptr : readdir(threads)) {
    pid_t thread = 0;
    std::from_chars(entry->d_name, entry->d_name + std::strlen(entry->d_name), thread);
    if (thread > 0 && has_memory(thread)) found = thread;
  }
  if (threads != nullptr) closedir(threads);
  return found;
}

bool runs_code(pid_t thread) { return bytes_in(text_of(thread, "status", text_bytes_max), {"\nVmExe:", "\nVmLib:"}) > 0; }

std::int64_t memory_at_most(pid_t thread) { return bytes_in(text_of(thread, "status", text_bytes_max), {memory_line, "\nRssShmem:"}); }

std::int64_t memory_exactly(pid_t thread) {
  const std::string rollup = text_of(thread, "smaps_rollup", text_bytes_max);
  return rollup.empty() ? memory_at_most(thread) : bytes_in(rollup, {"\nPss_Anon:", "\nPss_Shmem:"});
}

}  // namespace orc::launch
