#include "adapters/package/package_scan.h"

#include <array>
#include <map>
#include <utility>
#include <vector>

#include "adapters/package/package_layout.h"
#include "adapters/package/tar_reader.h"

namespace orc {
namespace {

bool may_be_manifest(const PackageItem& item) {
  const auto slash = item.path.find('/');
  const std::string_view name = std::string_view(item.path).substr(slash == std::string::npos ? 0 : slash + 1);
  return item.kind == TarKind::file && name == "plugin.json";
}

// Reads the current file to its end and counts it; keeps its bytes in `kept` when that is given.
Result<void> read_file_of(TarReader& reader, PackageLayout& layout, std::string* kept) {
  std::array<char, 64 * 1024> part;
  for (;;) {
    const auto got = reader.read(part);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return {};
    if (auto counted = layout.count_bytes(*got); !counted) return counted;
    if (kept == nullptr) continue;
    kept->append(part.data(), *got);
    if (kept->size() > plugin_manifest_bytes_max) return fail(ErrorCode::invalid_argument, "plugin.json has more than 1 MiB");
  }
}

}  // namespace

Result<PackageScan> scan_package(std::string_view tar, const PackageLimits& limits) {
  auto reader = TarReader::open(tar);
  if (!reader) return pass_on(reader);
  PackageLayout layout(limits);
  std::vector<std::pair<std::string, PackageFile>> files;
  std::map<std::string, std::string> manifests;  // by path: one at the top, or one in the leading folder
  for (;;) {
    auto entry = reader->next();
    if (!entry) return pass_on(entry);
    if (!*entry) break;
    auto item = layout.judge(**entry);
    if (!item) return pass_on(item);
    if (item->kind == TarKind::symlink || item->kind == TarKind::hardlink) files.emplace_back(item->path, PackageFile::link);
    if (item->kind != TarKind::file) continue;
    files.emplace_back(item->path, item->is_executable ? PackageFile::executable : PackageFile::plain);
    // Of many folders with a plugin.json none can be the single leading one.
    std::string* const kept = may_be_manifest(*item) && manifests.size() < 2 ? &manifests[item->path] : nullptr;
    if (auto read = read_file_of(*reader, layout, kept); !read) return pass_on(read);
  }
  auto root = layout.root();
  if (!root) return pass_on(root);
  const auto manifest = manifests.find(*root + "plugin.json");
  if (manifest == manifests.end()) return fail(ErrorCode::invalid_argument, "the package has no plugin.json in its folder");
  PackageScan scan{.root = std::move(*root), .manifest = std::move(manifest->second)};
  for (const auto& [path, file] : files) scan.files.emplace(path.substr(scan.root.size()), file);
  return scan;
}

}  // namespace orc
