#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "adapters/package/package_unpacker.h"
#include "domain/result.h"

namespace orc {

enum class PackageFile : std::uint8_t {
  plain,  // has no execute bit
  executable,
  link,
};

struct PackageScan {
  std::string root;                          // what is taken off every path: "" or "folder/"
  std::string manifest;                      // the bytes of plugin.json
  std::map<std::string, PackageFile> files;  // all but folders, as paths in the folder
};

inline constexpr std::size_t plugin_manifest_bytes_max = 1024 * 1024;

// Reads a package from end to end and judges it by the rules of package_unpacker.h without writing anything.
// Errors: invalid_argument, as unpack(); also for a package without plugin.json.
Result<PackageScan> scan_package(std::string_view tar, const PackageLimits& limits = {});

}  // namespace orc
