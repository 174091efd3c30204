#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace orc {

// Changes whenever a file is written or made executable; so one that is written anew with the same bytes is another too.
struct FileState {
  std::int64_t modified_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;
  std::uint32_t mode = 0;
  auto operator<=>(const FileState&) const = default;
};

// By path, of whatever stands in a folder and in those within it but is no folder itself.
using FolderState = std::map<std::string, FileState>;

// Less what is_beside_the_point(), and what cannot be looked at or goes away meanwhile. Blocks on the disk.
FolderState state_of_folder(const std::filesystem::path& folder);

// By a file's or folder's name: what pack_folder() leaves out, and what editors write for a moment.
bool is_beside_the_point(std::string_view name);

}  // namespace orc
