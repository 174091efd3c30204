#include "launch/run_watch.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <set>
#include <stdexcept>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace orc::launch {
namespace {

constexpr int depth_max = 64;
constexpr std::int64_t entries_max = 30'000;  // each costs the disk something, whatever its size

// Everything that the files of a run take up.
struct Scratch {
  std::int64_t bytes = 0;
  std::int64_t entries = 0;
  bool hides = false;                         // a folder that cannot be looked into, or is too deep
  std::set<std::pair<dev_t, ino_t>> counted;  // a file may have several names

  void add(const struct stat& file) {
    ++entries;
    if (counted.emplace(file.st_dev, file.st_ino).second) bytes += std::int64_t{file.st_blocks} * 512;
  }
};

// `folder` is closed. Links are not followed.
void add_folder(int folder, int depth, Scratch& scratch) {
  if (depth > depth_max) scratch.hides = true;
  DIR* const listing = scratch.hides || scratch.entries > entries_max ? nullptr : fdopendir(folder);
  if (listing == nullptr) {
    close(folder);
    return;
  }
  while (const dirent* entry = readdir(listing)) {
    const std::string_view name = entry->d_name;
    struct stat status{};
    if (name == "." || name == ".." || fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    scratch.add(status);
    if (!S_ISDIR(status.st_mode)) continue;
    const int inner = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner >= 0) {
      add_folder(inner, depth + 1, scratch);
    } else if (errno != ENOENT) {
      scratch.hides = true;
    }
  }
  closedir(listing);
}

void add_nameless_files(pid_t process, Scratch& scratch) {
  const std::string folder = "/proc/" + std::to_string(process) + "/fd";
  DIR* const listing = opendir(folder.c_str());
  if (listing == nullptr) return;
  while (const dirent* entry = readdir(listing)) {
    struct stat status{};
    if (fstatat(dirfd(listing), entry->d_name, &status, 0) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 0) scratch.add(status);
  }
  closedir(listing);
}

// The sum of the lines "KEY: NUMBER kB" of /proc/PID/FILE with one of the keys (man 5 proc).
std::int64_t bytes_in(pid_t process, const char* file, std::initializer_list<std::string_view> keys) {
  const std::string path = "/proc/" + std::to_string(process) + "/" + file;
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  char text[4096];
  const ssize_t size = read(descriptor, text, sizeof text);
  close(descriptor);
  const std::string_view lines(text, size > 0 ? static_cast<std::size_t>(size) : 0);
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

// What several processes share is counted once only by the slower way, which is taken if the quick one says too much.
bool uses_too_much_memory(const WatchOrders& orders, const std::vector<pid_t>& processes) {
  std::int64_t at_most = 0;
  for (const pid_t process : processes) at_most += bytes_in(process, "status", {"\nRssAnon:", "\nRssShmem:"});
  if (at_most <= orders.memory_bytes) return false;
  std::int64_t exactly = 0;
  for (const pid_t process : processes) exactly += bytes_in(process, "smaps_rollup", {"\nPss_Anon:", "\nPss_Shmem:"});
  return exactly > orders.memory_bytes;
}

}  // namespace

RunWatch::RunWatch(const WatchOrders& orders) : orders_(orders) {
  for (const std::string& folder : orders.folders) {
    folders_.push_back(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (folders_.back() < 0) throw std::runtime_error("cannot open " + folder + ": " + std::strerror(errno));
  }
}

std::optional<Excess> RunWatch::look(const std::vector<pid_t>& processes) const {
  if (orders_.memory_bytes > 0 && uses_too_much_memory(orders_, processes)) return Excess::memory;
  if (folders_.empty()) return {};
  Scratch scratch;
  for (const int folder : folders_) {
    const int top = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) return Excess::scratch;  // the run has closed it to itself and to us
    add_folder(top, 0, scratch);
  }
  for (const pid_t process : processes) add_nameless_files(process, scratch);
  if (scratch.hides || scratch.entries > entries_max || scratch.bytes > orders_.scratch_bytes) return Excess::scratch;
  return {};
}

}  // namespace orc::launch
