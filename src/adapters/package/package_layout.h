#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/package/package_unpacker.h"
#include "adapters/package/tar_reader.h"
#include "domain/result.h"

namespace orc {

// What is done with an entry of the archive, once it is judged. Every path is relative, without ".", ".." or empty parts.
struct PackageItem {
  TarKind kind = TarKind::file;  // never other
  std::string path;
  std::string link_target;  // of a symlink as it stands in it; of a hardlink the path of an earlier file
  bool is_executable = false;
};

// PackageLayout judges a package's entries one after another: what stays inside its folder, what is too much. It touches no disk and knows
// the archive's own paths only. Not thread-safe.
class PackageLayout {
 public:
  explicit PackageLayout(const PackageLimits& limits) : limits_(limits) {}

  // Errors: invalid_argument, naming the entry and the rule.
  Result<PackageItem> judge(const TarEntry& entry);

  // Counts bytes of files. Errors: invalid_argument, above the limit.
  Result<void> count_bytes(std::uint64_t bytes);

  // The folder that plugin.json stands in: "" or the single leading one, with a slash at its end.
  // Errors: invalid_argument, if there is no plugin.json in either place, something stands beside the leading folder, or a symlink leaves
  // the folder.
  Result<std::string> root() const;

 private:
  Result<void> take_place(const std::string& path, TarKind kind);

  const PackageLimits limits_;
  struct Symlink {
    std::string path;
    std::string target;
  };

  std::vector<Symlink> symlinks_;
  std::map<std::string, TarKind> places_;  // every path so far and every folder above one
  std::uint64_t bytes_ = 0;
  std::size_t entries_ = 0;
};

}  // namespace orc
