#include "adapters/sandbox/run_folders.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace orc {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> refused(const std::string& what, const fs::path& path) {
  return fail(ErrorCode::unavailable, what + " " + path.string() + ": " + std::strerror(errno));
}

// A folder that its owner has closed to itself cannot be emptied without privilege. Links are not followed.
void open_up(const fs::path& folder) {
  chmod(folder.c_str(), 0700);
  std::error_code ignored;  // what cannot be listed makes the removal fail, which is told
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (entry.symlink_status(ignored).type() == fs::file_type::directory) open_up(entry.path());
}

Result<void> make_own(const fs::path& folder, std::optional<std::uint32_t> owner) {
  if (auto removed = remove_run_folder(folder); !removed) return removed;
  if (mkdir(folder.c_str(), 0700) != 0) return refused("cannot make", folder);
  if (owner && lchown(folder.c_str(), *owner, *owner) != 0) return refused("cannot give away", folder);
  return {};
}

}  // namespace

Result<void> remove_run_folder(const fs::path& folder) {
  std::error_code problem;
  fs::remove_all(folder, problem);
  if (!problem) return {};
  open_up(folder);
  fs::remove_all(folder, problem);
  if (problem) return fail(ErrorCode::unavailable, "cannot remove " + folder.string() + ": " + problem.message());
  return {};
}

Result<void> make_input_folder(const fs::path& folder) {
  if (auto removed = remove_run_folder(folder); !removed) return removed;
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (!problem) fs::permissions(folder, fs::perms(0755), problem);
  if (problem) return fail(ErrorCode::unavailable, "cannot make " + folder.string() + ": " + problem.message());
  return {};
}

Result<void> make_run_folders(const fs::path& folder, std::optional<std::uint32_t> owner, OutputOf output) {
  std::error_code problem;
  fs::create_directories(folder / "input", problem);
  for (const fs::path& walked : {folder, folder / "input"})
    if (!problem) fs::permissions(walked, fs::perms(0755), problem);
  if (problem) return fail(ErrorCode::unavailable, "cannot make " + folder.string() + ": " + problem.message());
  if (auto made = make_own(folder / "scratch", owner); !made) return made;
  if (auto made = make_own(folder / "output", output == OutputOf::run ? owner : std::nullopt); !made) return made;
  if (output == OutputOf::requests && chmod((folder / "output").c_str(), 0755) != 0) return refused("cannot open", folder / "output");
  return {};
}

Result<void> let_pass(const fs::path& folder, std::uint32_t group) {
  for (fs::path above = fs::absolute(folder).parent_path(); above.has_relative_path(); above = above.parent_path()) {
    struct stat closed{};
    if (stat(above.c_str(), &closed) == 0 && (closed.st_mode & S_IXOTH) == 0)
      return fail(ErrorCode::unavailable, "runs have uids of their own, which cannot pass through " + above.string() + " to " +
                                              folder.string() + ": chmod o+x it, or name another --data-dir");
  }
  struct stat status{};
  if (stat(folder.c_str(), &status) != 0) return refused("cannot look at", folder);
  if (chown(folder.c_str(), status.st_uid, group) != 0) return refused("cannot give a group to", folder);
  if (chmod(folder.c_str(), (status.st_mode & 07707) | 0010) != 0) return refused("cannot set the mode of", folder);
  return {};
}

}  // namespace orc
