#include "adapters/package/package_unpacker.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "adapters/package/package_layout.h"
#include "adapters/package/package_scan.h"
#include "adapters/package/tar_reader.h"
#include "adapters/system/file_descriptor.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

constexpr mode_t folder_mode = 0755;

std::unexpected<Error> disk_refuses(const std::filesystem::path& path) { return fail(ErrorCode::unavailable, system_words(path, errno)); }

Result<void> make_folders(const std::filesystem::path& into, const std::filesystem::path& folders) {
  std::filesystem::path folder = into;
  for (const auto& part : folders) {
    folder /= part;
    if (::mkdir(folder.c_str(), folder_mode) != 0 && errno != EEXIST) return disk_refuses(folder);
    if (::chmod(folder.c_str(), folder_mode) != 0) return disk_refuses(folder);  // whatever the umask is
  }
  return {};
}

Result<void> write_file_of(TarReader& reader, PackageLayout& layout, const std::filesystem::path& path, mode_t mode) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file.is_open() || ::fchmod(file.get(), mode) != 0) return disk_refuses(path);
  std::array<char, 64 * 1024> part;
  for (;;) {
    const auto got = reader.read(part);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return {};
    if (auto counted = layout.count_bytes(*got); !counted) return counted;
    if (!write_all(file.get(), {part.data(), *got})) return disk_refuses(path);
  }
}

// Unpacks the entries one after another; symlinks come last, so that nothing is ever written through one.
class Unpacking {
 public:
  Unpacking(TarReader& reader, const PackageLimits& limits, std::string root, std::filesystem::path into)
      : reader_(reader), layout_(limits), root_(std::move(root)), into_(std::move(into)) {}

  Result<void> run() {
    for (;;) {
      auto entry = reader_.next();
      if (!entry) return pass_on(entry);
      if (!*entry) return make_symlinks();
      auto item = layout_.judge(**entry);
      if (!item) return pass_on(item);
      if (item->path.size() <= root_.size()) continue;  // the leading folder itself
      if (auto written = write(*item); !written) return written;
    }
  }

 private:
  std::filesystem::path place_of(std::string_view path) const { return into_ / path.substr(root_.size()); }

  Result<void> write(PackageItem& item) {
    const auto inner = std::filesystem::path(item.path.substr(root_.size()));
    const auto path = place_of(item.path);
    if (auto made = make_folders(into_, item.kind == TarKind::folder ? inner : inner.parent_path()); !made) return made;
    switch (item.kind) {
      case TarKind::file:
        return write_file_of(reader_, layout_, path, item.is_executable ? 0755 : 0644);
      case TarKind::hardlink:
        if (::link(place_of(item.link_target).c_str(), path.c_str()) != 0) return disk_refuses(path);
        return {};
      case TarKind::symlink:
        symlinks_.push_back(std::move(item));
        return {};
      case TarKind::folder:
      case TarKind::other:
        return {};
    }
    return {};
  }

  Result<void> make_symlinks() {
    for (const auto& link : symlinks_) {
      const auto path = place_of(link.path);
      if (::symlink(link.link_target.c_str(), path.c_str()) != 0) return disk_refuses(path);
    }
    return {};
  }

  TarReader& reader_;
  PackageLayout layout_;
  const std::string root_;
  const std::filesystem::path into_;
  std::vector<PackageItem> symlinks_;
};

}  // namespace

Result<void> unpack(std::string_view tar, const std::filesystem::path& into, const PackageLimits& limits) {
  auto scan = scan_package(tar, limits);
  if (!scan) return pass_on(scan);
  auto reader = TarReader::open(tar);
  if (!reader) return pass_on(reader);
  return Unpacking(*reader, limits, std::move(scan->root), into).run();
}

}  // namespace orc
