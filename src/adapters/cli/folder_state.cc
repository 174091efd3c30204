#include "adapters/cli/folder_state.h"

#include <sys/stat.h>

namespace orc {

namespace fs = std::filesystem;

FolderState state_of_folder(const fs::path& folder) {
  FolderState state;
  std::error_code problem;
  fs::recursive_directory_iterator place(folder, fs::directory_options::skip_permission_denied, problem);
  for (; !problem && place != fs::recursive_directory_iterator(); place.increment(problem)) {
    const fs::path& path = place->path();
    struct stat found{};
    if (is_beside_the_point(path.filename().native())) {
      place.disable_recursion_pending();
      continue;
    }
    if (lstat(path.c_str(), &found) != 0 || S_ISDIR(found.st_mode)) continue;
    state[path.native()] = {.modified_ns = std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec,
                            .inode = found.st_ino,
                            .bytes = static_cast<std::uint64_t>(found.st_size),
                            .mode = found.st_mode};
  }
  return state;
}

bool is_beside_the_point(std::string_view name) {
  return name == ".git" || name == "__pycache__" || name.ends_with('~') || name.ends_with(".pyc") || name.ends_with(".swp") ||
         name.ends_with(".swx") || name == "4913";
}

}  // namespace orc
