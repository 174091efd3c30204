#pragma once

#include <filesystem>
#include <string>

#include "domain/result.h"

namespace orc {

// A plugin's folder as a tar packed with gzip. The same files give the same bytes: names in order, no times, no owners, modes 0644 and
// 0755. Symlinks stay links. Blocks on the disk. ".git", "__pycache__" and editors' leavings ("*~", "*.pyc") stay out. Errors: not_found,
// if there is no such folder or no plugin.json in it; invalid_argument for a device, a fifo, a socket, and above the limits of
// package_unpacker.h; unavailable, if something cannot be read.
Result<std::string> pack_folder(const std::filesystem::path& folder);

}  // namespace orc
