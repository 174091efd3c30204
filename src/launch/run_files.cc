#include "launch/run_files.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include "launch/process_view.h"

namespace orc::launch {
namespace {

constexpr int depth_max = 64;
constexpr std::int64_t entries_max = 30'000;  // each costs the disk something, whatever its size
constexpr std::size_t socket_bytes_max = 4096;
constexpr std::size_t maps_bytes_max = std::size_t{4} << 20;

std::string proc_path(pid_t thread, const char* name) { return "/proc/" + std::to_string(thread) + "/" + name; }

bool has_ended(int error) { return error == ENOENT || error == ESRCH; }

// Of a line of /proc/PID/maps: "7f00-7f01 r--s 00000000 fe:00 1234    /a/name (deleted)" (man 5 proc).
struct Mapping {
  ino_t inode = 0;
  std::string_view path;
};
Mapping mapping_of(std::string_view line) {
  Mapping mapping;
  for (int field = 0; field < 4; ++field) line.remove_prefix(std::min(line.find(' '), line.size() - 1) + 1);
  std::from_chars(line.data(), line.data() + line.size(), mapping.inode);
  const std::size_t path = line.find('/');
  if (path != std::string_view::npos) mapping.path = line.substr(path);
  return mapping;
}

// Of a Unix socket, from Linux 5.6 on: how many files wait in it to be received.
bool holds_sent(std::string_view description) {
  constexpr std::string_view field = "scm_fds:";
  const std::size_t at = description.find(field);
  if (at == std::string_view::npos) return false;
  const std::size_t value = description.find_first_not_of(" \t", at + field.size());
  return value != std::string_view::npos && description[value] != '0';
}

}  // namespace

bool RunFiles::are_too_many() const { return entries_ > entries_max; }

void RunFiles::add(const struct stat& file) {
  ++entries_;
  if (counted_.emplace(file.st_dev, file.st_ino).second) bytes_ += std::int64_t{file.st_blocks} * 512;
}

void RunFiles::add_folder(int folder, int depth) {
  if (depth > depth_max) hide_ = true;
  DIR* const listing = hide_ || are_too_many() ? nullptr : fdopendir(folder);
  if (listing == nullptr) {
    close(folder);
    return;
  }
  // A folder with a million entries is not read to its end, as nobody would look at the rest of the run meanwhile.
  while (const dirent* entry = are_too_many() ? nullptr : readdir(listing)) {
    const std::string_view name = entry->d_name;
    struct stat status{};
    if (name == "." || name == ".." || fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    add(status);
    if (!S_ISDIR(status.st_mode)) continue;
    const int inner = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner >= 0) {
      add_folder(inner, depth + 1);
    } else if (errno != ENOENT) {
      hide_ = true;
    }
  }
  closedir(listing);
}

RunFiles::Shown RunFiles::add_if_nameless(int folder, const char* name) {
  struct stat status{};
  if (fstatat(folder, name, &status, 0) != 0) return errno == EACCES ? Shown::to_nobody : Shown::to_us;
  if (S_ISREG(status.st_mode) && status.st_nlink == 0) add(status);
  return Shown::to_us;
}

void RunFiles::add_nameless(const std::vector<pid_t>& threads) {
  for (const pid_t thread : threads) {
    Shown shown = add_if_nameless(AT_FDCWD, proc_path(thread, "exe").c_str());
    DIR* const listing = opendir(proc_path(thread, "fd").c_str());
    if (listing == nullptr && !has_ended(errno)) shown = Shown::to_nobody;
    while (const dirent* entry = listing == nullptr ? nullptr : readdir(listing))
      if (add_if_nameless(dirfd(listing), entry->d_name) == Shown::to_nobody) shown = Shown::to_nobody;
    if (listing != nullptr) closedir(listing);
    if (shown == Shown::to_nobody && runs_code(thread)) hide_ = true;
  }
}

void RunFiles::look_for_sent(const std::vector<pid_t>& threads) {
  for (const pid_t thread : threads) {
    DIR* const listing = opendir(proc_path(thread, "fd").c_str());
    while (const dirent* entry = listing == nullptr ? nullptr : readdir(listing)) {
      struct stat status{};
      if (fstatat(dirfd(listing), entry->d_name, &status, 0) != 0 || !S_ISSOCK(status.st_mode)) continue;
      const std::string file = std::string("fdinfo/") + entry->d_name;
      if (holds_sent(text_of(thread, file.c_str(), socket_bytes_max))) hide_ = true;
    }
    if (listing != nullptr) closedir(listing);
  }
}

// By the number of the inode alone: of one file overlay and btrfs show different devices in different places.
bool RunFiles::map_uncounted(const std::vector<pid_t>& threads, const std::vector<std::string>& folders) const {
  constexpr std::string_view mark = " (deleted)";
  std::set<ino_t> inodes;  // that were counted, once somebody asks
  for (const pid_t thread : threads) {
    const std::string maps = text_of(thread, "maps", maps_bytes_max);
    if (maps.size() == maps_bytes_max) return true;
    for (std::size_t start = 0, end = 0; (end = maps.find('\n', start)) != std::string::npos; start = end + 1) {
      const std::string_view line(maps.data() + start, end - start);
      if (!line.ends_with(mark)) continue;
      const Mapping mapping = mapping_of(line);
      const bool is_of_run =
          std::ranges::any_of(folders, [&](const std::string& folder) { return mapping.path.starts_with(folder + "/"); });
      if (!is_of_run) continue;
      if (inodes.empty())
        for (const auto& [device, inode] : counted_) inodes.insert(inode);
      if (!inodes.contains(mapping.inode)) return true;
    }
  }
  return false;
}

}  // namespace orc::launch
