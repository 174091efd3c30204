#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "domain/result.h"
#include "ports/random_source.h"

namespace orc {

// Who can reach the listeners of this process.
enum class Exposure : std::uint8_t { loopback, network };

inline constexpr std::size_t secret_key_bytes_min = 32;  // RFC 7518 section 3.2: as long as the hash

// The key that signs tokens (contract section 10). `configured` is SECRET_KEY; empty or absent: `data_dir`/secret_key, mode 0600, made now
// from 32 random bytes if it is not there. Blocks on the disk. The key is in no error.
// Errors: invalid_argument, beyond loopback, for a configured key under 32 bytes, a well-known one or one of very few different characters;
// unavailable, if the file cannot be read or written; conflict, if the file is readable by others or holds no key.
Result<std::string> load_secret_key(const std::optional<std::string>& configured, Exposure exposure, const std::filesystem::path& data_dir,
                                    RandomSource& random);

}  // namespace orc
