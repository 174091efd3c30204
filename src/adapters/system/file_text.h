#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "domain/result.h"

namespace orc {

// All bytes of a file. Blocks. Follows links.
// Errors: not_found; resource_exhausted, if it has more than `bytes_max`; unavailable, with the system's words.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max);

// Replaces a file as a whole and durably: a temporary file beside it, synced, renamed over it, and the folder synced. A reader sees the old
// bytes or the new ones. The file has exactly `mode`, from its first byte on. Blocks.
// Errors: unavailable, with the system's words; then the old file stands.
Result<void> write_file(const std::filesystem::path& path, std::string_view bytes, mode_t mode);

// Writes all bytes to a descriptor, however many calls that takes. Blocks. False if the system refuses: errno says why.
bool write_all(int file, std::string_view bytes);

// "PATH: what the system says to `error_number`".
std::string system_words(const std::filesystem::path& path, int error_number);

}  // namespace orc
