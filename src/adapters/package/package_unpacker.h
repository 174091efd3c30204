#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "domain/result.h"

namespace orc {

// What a package may hold once unpacked (attacks.md, P3: nobody fills a disk with a small upload).
struct PackageLimits {
  std::uint64_t bytes_max = std::uint64_t{256} << 20;  // of all files together
  std::size_t files_max = 10'000;                      // files, folders and links
  std::size_t path_bytes_max = 1'024;                  // of one path
};

// Unpacks a plugin's folder: a tar, plain or packed with gzip or zstd. A single leading folder or "./" is taken off, so that plugin.json
// stands directly in `into`, which must exist and should be empty. Any thread; touches nothing but `into`; blocks on the disk.
// Regular files get mode 0644 or 0755 (executable by anybody in the archive), folders 0755, whoever the archive says owns them.
// The caller judges the size of `tar` (plugin_package_bytes_max).
// Errors: invalid_argument, naming the entry, for what is no tar, an absolute path or one with "..", a link that leaves the folder, a
// device, a fifo, a path that comes twice or runs through a file, what is beyond the limits, and a package without plugin.json;
// unavailable, if the disk refuses. After an error `into` holds some of the files: remove it.
Result<void> unpack(std::string_view tar, const std::filesystem::path& into, const PackageLimits& limits = {});

}  // namespace orc
