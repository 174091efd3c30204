#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/system/file_descriptor.h"
#include "domain/result.h"

namespace orc {

// What an image may hold once unpacked.
struct ImageLimits {
  std::uint64_t bytes_max = std::uint64_t{16} << 30;  // of all layers together, what a later one removes included
  std::uint64_t entries_max = 1'000'000;              // likewise
  std::size_t path_bytes_max = 4'096;                 // of one path
  std::size_t layers_max = 256;
  std::size_t paths_bytes_max = std::size_t{128} << 20;  // of all paths of one layer, which are in memory until it is unpacked
};

// ImageTree is the root folder of an image that is being unpacked. Every path is looked up inside it by the kernel (openat2,
// RESOLVE_IN_ROOT): whatever ".." and whatever links there are, nothing outside is read or changed. Files get mode 0644 or 0755, folders
// 0755, all of them the caller's own: no set-uid bit, no device, no file that a plugin could not read. Not thread-safe; blocks on the disk.
// Paths are relative, their last part is a plain name. Errors of all: unavailable or not_found if the disk refuses; invalid_argument for a
// path that leads through a file.
class ImageTree {
 public:
  static Result<ImageTree> open(const std::filesystem::path& root);

  // An existing folder stays, with what is in it.
  Result<void> make_folder(std::string_view path);
  // A folder that may be reached through links; made if there is none.
  Result<void> need_folder(std::string_view path);
  // `next` fills the span and gives how much it filled, 0 at the end. What stood there goes.
  Result<void> write_file(std::string_view path, bool is_executable, const std::function<Result<std::size_t>(std::span<char>)>& next);
  // The target is only text: it is followed where the image is the root. What stood there goes.
  Result<void> make_symlink(std::string_view path, const std::string& target);
  // `target` is a file that is in the tree already, or a symbolic link, which is not followed. invalid_argument if not.
  Result<void> make_hardlink(std::string_view path, std::string_view target);
  // A folder with all that is in it; no error if there is nothing.
  Result<void> remove(std::string_view path);
  // Everything inside a folder but what `keeps` says, which is given each path; a folder on the way to something kept stays.
  Result<void> empty_folder(std::string_view path, const std::function<bool(const std::string&)>& keeps);
  // How many folders were made on the way to others since this was asked last.
  std::uint64_t take_folders_on_the_way() { return std::exchange(folders_on_the_way_, 0); }
  // A real folder, or an empty real file, at the end of real folders: links on the way are replaced, as the host will mount there.
  Result<void> make_mount_point(std::string_view path, bool is_folder);

 private:
  explicit ImageTree(FileDescriptor root) : root_(std::move(root)) {}

  Result<FileDescriptor> parent_of(std::string_view path, std::string& name);
  Result<FileDescriptor> open_folder(std::string_view path) const;

  FileDescriptor root_;
  std::uint64_t folders_on_the_way_ = 0;
};

}  // namespace orc
