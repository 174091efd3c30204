#include "adapters/sandbox/request_folders.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/job/artifact.h"

namespace orc {
namespace {

// Deeper than anybody needs; each level keeps a descriptor open.
constexpr int depth_max = 64;
// A process that goes on may put something there again.
constexpr int removal_rounds = 3;

FileDescriptor open_folder(int parent, const std::string& name) {
  return FileDescriptor(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

std::vector<std::string> names_in(int folder) {
  std::vector<std::string> names;
  DIR* const listing = fdopendir(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (listing == nullptr) return names;
  while (const dirent* entry = readdir(listing)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  closedir(listing);
  std::ranges::sort(names);
  return names;
}

bool remove_entry(int parent, const std::string& name, int depth) {
  if (unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return true;
  FileDescriptor folder = open_folder(parent, name);
  if (!folder.is_open() && errno == EACCES) {  // closed by its owner, who is who we are then
    if (fchmodat(parent, name.c_str(), S_IRWXU, AT_SYMLINK_NOFOLLOW) != 0) return false;
    folder = open_folder(parent, name);
  }
  if (!folder.is_open() || depth > depth_max) return false;
  for (int round = 0; round < removal_rounds; ++round) {
    for (const std::string& inner : names_in(folder.get()))
      if (!remove_entry(folder.get(), inner, depth + 1)) return false;
    if (unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0) return true;
    if (errno != ENOTEMPTY) return false;
  }
  return false;
}

}  // namespace

Result<int> RequestFolders::parent() {
  const std::lock_guard lock(mutex_);
  if (!parent_.is_open()) {
    auto opened = open_();
    if (!opened) return pass_on(opened);
    parent_ = std::move(*opened);
  }
  return parent_.get();
}

Result<void> RequestFolders::make(const std::string& folder) {
  auto output = parent();
  if (!output) return pass_on(output);
  const auto failed = [&](const char* what) {
    return fail(ErrorCode::unavailable, std::string(what) + " the output folder of a request: " + std::strerror(errno));
  };
  if (mkdirat(*output, folder.c_str(), S_IRWXU) != 0) {
    if (errno != EEXIST || !remove_entry(*output, folder, 0) || mkdirat(*output, folder.c_str(), S_IRWXU) != 0)
      return failed("cannot make");
  }
  const FileDescriptor made = open_folder(*output, folder);
  if (!made.is_open()) return failed("cannot open");
  if (owner_ && fchown(made.get(), *owner_, *owner_) != 0) return failed("cannot give away");
  return {};
}

RequestFolders::Left RequestFolders::look(const std::string& folder) {
  Left left;
  const auto output = parent();
  if (!output) return left;
  const FileDescriptor inside = open_folder(*output, folder);
  if (!inside.is_open()) return left;
  std::int64_t total = 0;
  for (const std::string& name : names_in(inside.get())) {
    struct stat facts{};
    const bool is_file = fstatat(inside.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(facts.st_mode);
    if (!is_file || left.files.size() >= artifacts_max || facts.st_size > artifact_bytes_max ||
        total + facts.st_size > artifacts_bytes_max) {
      ++left.left_out;
      continue;
    }
    total += facts.st_size;
    left.files.push_back({.name = name, .bytes = facts.st_size});
  }
  return left;
}

// O_NONBLOCK, so that a fifo that has taken a file's place holds up nobody. Of another owner's file it has made a second name.
std::optional<std::string> RequestFolders::read(const std::string& folder, const LeftFile& file) {
  const auto output = parent();
  if (!output) return {};
  const FileDescriptor inside = open_folder(*output, folder);
  if (!inside.is_open()) return {};
  const FileDescriptor opened(openat(inside.get(), file.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat facts{};
  if (!opened.is_open() || fstat(opened.get(), &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_uid != owner_.value_or(geteuid()))
    return {};
  std::string bytes(static_cast<std::size_t>(file.bytes), '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t came = ::read(opened.get(), bytes.data() + size, bytes.size() - size);
    if (came < 0 && errno == EINTR) continue;
    if (came < 0) return {};
    if (came == 0) break;
    size += static_cast<std::size_t>(came);
  }
  bytes.resize(size);
  return bytes;
}

Result<void> RequestFolders::remove(const std::string& folder) {
  auto output = parent();
  if (!output) return pass_on(output);
  if (remove_entry(*output, folder, 0)) return {};
  return fail(ErrorCode::unavailable, "cannot remove the output folder of a request: " + std::string(std::strerror(errno)));
}

}  // namespace orc
