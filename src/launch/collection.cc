#include "launch/collection.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace orc::launch {
namespace {

// False if nobody reads.
bool send_all(int to, const void* bytes, std::size_t size) {
  const char* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t sent = write(to, at, size);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    at += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

// Exactly `size` bytes, as was promised: nobody is left who could change the file, but what the disk refuses is sent as zeros.
bool send_file(int to, int file, std::uint64_t size) {
  std::vector<char> part(64 * 1024);
  while (size > 0) {
    const std::size_t wanted = std::min<std::uint64_t>(part.size(), size);
    const ssize_t came = read(file, part.data(), wanted);
    if (came < 0 && errno == EINTR) continue;
    const std::size_t count = came > 0 ? static_cast<std::size_t>(came) : wanted;
    if (came <= 0) std::memset(part.data(), 0, count);
    if (!send_all(to, part.data(), count)) return false;
    size -= count;
  }
  return true;
}

std::vector<std::string> names_in(int folder) {
  std::vector<std::string> names;
  DIR* listing = fdopendir(dup(folder));
  if (listing == nullptr) return names;
  while (const dirent* entry = readdir(listing)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  closedir(listing);
  std::sort(names.begin(), names.end());
  return names;
}

// O_NONBLOCK, so that a fifo or a device in the place of a file holds up nobody. -1: left out.
int open_regular(int folder, const std::string& name, std::uint64_t& size) {
  const int file = openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file < 0) return -1;
  struct stat facts{};
  if (fstat(file, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size >= 0) {
    size = static_cast<std::uint64_t>(facts.st_size);
    return file;
  }
  close(file);
  return -1;
}

}  // namespace

int open_collected(const std::string& folder) { return open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }

void collect(int folder, int to) {
  signal(SIGPIPE, SIG_IGN);
  if (!send_all(to, &collection_begins, 1)) return;
  CollectedHeader left_out{.bytes = 0, .name_bytes = no_name};
  std::size_t files = 0;
  std::uint64_t total = 0;
  for (const std::string& name : names_in(folder)) {
    std::uint64_t size = 0;
    const int file = open_regular(folder, name, size);
    const bool fits = file >= 0 && files < collected_files_max && size <= collected_file_bytes_max && total + size <= collected_bytes_max;
    if (fits) {
      const CollectedHeader header{.bytes = size, .name_bytes = name.size()};
      ++files;
      total += size;
      if (!send_all(to, &header, sizeof header) || !send_all(to, name.data(), name.size()) || !send_file(to, file, size)) return;
    } else {
      ++left_out.bytes;
    }
    if (file >= 0) close(file);
  }
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  const std::uint64_t peak_bytes = static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
  if (send_all(to, &left_out, sizeof left_out)) send_all(to, &peak_bytes, sizeof peak_bytes);
}

}  // namespace orc::launch
