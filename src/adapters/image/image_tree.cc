#include "adapters/image/image_tree.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <memory>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include "adapters/system/file_text.h"

namespace orc {
namespace {

constexpr mode_t folder_mode = 0755;
constexpr int open_a_folder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

std::unexpected<Error> refused(std::string_view path) {
  const int reason = errno;
  const bool leads_through_a_file = reason == ENOTDIR || reason == ELOOP || reason == EXDEV;
  const ErrorCode otherwise = reason == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable;
  return fail(leads_through_a_file ? ErrorCode::invalid_argument : otherwise, system_words(std::string(path), reason));
}

std::string joined(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : std::string(folder) + "/" + std::string(name);
}

std::vector<std::string> names_in(int folder) {
  std::vector<std::string> names;
  const int again = openat(folder, ".", open_a_folder);
  DIR* const listing = again >= 0 ? fdopendir(again) : nullptr;
  if (listing == nullptr) return names;
  while (const dirent* entry = readdir(listing))
    if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) names.emplace_back(entry->d_name);
  closedir(listing);
  return names;
}

// Removes `name` from `folder` with all that is in it; links are not followed.
bool remove_from(int folder, const std::string& name) {
  if (unlinkat(folder, name.c_str(), 0) == 0 || errno == ENOENT) return true;
  if (errno != EISDIR && errno != EPERM) return false;
  {
    const FileDescriptor inner(openat(folder, name.c_str(), open_a_folder | O_NOFOLLOW));
    if (!inner.is_open()) return false;
    for (const std::string& one : names_in(inner.get()))
      if (!remove_from(inner.get(), one)) return false;
  }
  return unlinkat(folder, name.c_str(), AT_REMOVEDIR) == 0;
}

// True if the folder is empty now.
bool empty(int folder, const std::string& path, const std::function<bool(const std::string&)>& keeps) {
  bool is_empty = true;
  for (const std::string& name : names_in(folder)) {
    const std::string inner_path = joined(path, name);
    const FileDescriptor inner(openat(folder, name.c_str(), open_a_folder | O_NOFOLLOW));
    const bool stays = inner.is_open() ? !empty(inner.get(), inner_path, keeps) || keeps(inner_path) : keeps(inner_path);
    if (stays || !remove_from(folder, name)) is_empty = false;
  }
  return is_empty;
}

}  // namespace

Result<ImageTree> ImageTree::open(const std::filesystem::path& root) {
  FileDescriptor folder(::open(root.c_str(), open_a_folder));
  if (!folder.is_open()) return refused(root.native());
  if (fchmod(folder.get(), folder_mode) != 0) return refused(root.native());
  return ImageTree(std::move(folder));
}

Result<FileDescriptor> ImageTree::open_folder(std::string_view path) const {
  const std::string name = path.empty() ? "." : std::string(path);
  open_how how{};
  how.flags = open_a_folder;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  FileDescriptor folder(static_cast<int>(syscall(SYS_openat2, root_.get(), name.c_str(), &how, sizeof how)));
  if (!folder.is_open()) return refused(path);
  return folder;
}

// Folders that no layer has named are made.
Result<FileDescriptor> ImageTree::parent_of(std::string_view path, std::string& name) {
  const std::size_t slash = path.rfind('/');
  name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  const std::string_view folder = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  auto there = open_folder(folder);
  if (there || there.error().code != ErrorCode::not_found) return there;
  if (auto made = make_folder(folder); !made) return pass_on(made);
  ++folders_on_the_way_;
  return open_folder(folder);
}

Result<void> ImageTree::make_folder(std::string_view path) {
  std::string name;
  auto parent = parent_of(path, name);
  if (!parent) return pass_on(parent);
  struct stat status{};
  const bool stands = fstatat(parent->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (stands && S_ISDIR(status.st_mode)) return {};
  if (stands && !remove_from(parent->get(), name)) return refused(path);
  if (mkdirat(parent->get(), name.c_str(), folder_mode) != 0 || fchmodat(parent->get(), name.c_str(), folder_mode, 0) != 0)
    return refused(path);
  return {};
}

Result<void> ImageTree::need_folder(std::string_view path) {
  const auto there = open_folder(path);
  if (there || there.error().code != ErrorCode::not_found) return there ? Result<void>{} : std::unexpected(there.error());
  return make_folder(path);
}

Result<void> ImageTree::write_file(std::string_view path, bool is_executable,
                                   const std::function<Result<std::size_t>(std::span<char>)>& next) {
  std::string name;
  auto parent = parent_of(path, name);
  if (!parent) return pass_on(parent);
  if (!remove_from(parent->get(), name)) return refused(path);
  const mode_t mode = is_executable ? 0755 : 0644;
  const FileDescriptor file(openat(parent->get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file.is_open() || fchmod(file.get(), mode) != 0) return refused(path);
  std::array<char, 64 * 1024> part;
  for (;;) {
    const auto size = next(part);
    if (!size) return std::unexpected(size.error());
    if (*size == 0) return {};
    if (!write_all(file.get(), {part.data(), *size})) return refused(path);
  }
}

Result<void> ImageTree::make_symlink(std::string_view path, const std::string& target) {
  std::string name;
  auto parent = parent_of(path, name);
  if (!parent) return pass_on(parent);
  if (!remove_from(parent->get(), name) || symlinkat(target.c_str(), parent->get(), name.c_str()) != 0) return refused(path);
  return {};
}

Result<void> ImageTree::make_hardlink(std::string_view path, std::string_view target) {
  std::string name;
  auto parent = parent_of(path, name);
  if (!parent) return pass_on(parent);
  std::string target_name;
  auto target_parent = parent_of(target, target_name);
  if (!target_parent) return pass_on(target_parent);
  struct stat status{};
  const bool stands = fstatat(target_parent->get(), target_name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (!stands || !(S_ISREG(status.st_mode) || S_ISLNK(status.st_mode)))
    return fail(ErrorCode::invalid_argument, std::string(path) + " is a link to " + std::string(target) + ", which is no file here");
  struct stat there{};
  const bool is_itself = fstatat(parent->get(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 && there.st_ino == status.st_ino;
  if (is_itself) return {};
  if (!remove_from(parent->get(), name) || linkat(target_parent->get(), target_name.c_str(), parent->get(), name.c_str(), 0) != 0)
    return refused(path);
  return {};
}

Result<void> ImageTree::remove(std::string_view path) {
  std::string name;
  auto parent = parent_of(path, name);
  if (!parent) return pass_on(parent);
  if (!remove_from(parent->get(), name)) return refused(path);
  return {};
}

Result<void> ImageTree::empty_folder(std::string_view path, const std::function<bool(const std::string&)>& keeps) {
  const auto folder = open_folder(path);
  if (!folder) return folder.error().code == ErrorCode::not_found ? Result<void>{} : std::unexpected(folder.error());
  empty(folder->get(), std::string(path), keeps);
  return {};
}

Result<void> ImageTree::make_mount_point(std::string_view path, bool is_folder) {
  for (std::size_t slash = path.find('/');; slash = path.find('/', slash + 1)) {
    const std::string_view part = path.substr(0, slash);
    const bool is_last = slash == std::string_view::npos;
    if (is_last && !is_folder) return write_file(part, false, [](std::span<char>) -> Result<std::size_t> { return 0; });
    if (auto made = make_folder(part); !made) return made;
    if (is_last) return {};
  }
}

}  // namespace orc
