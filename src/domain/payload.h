#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/result.h"

namespace orc {

// The SHA-256 of some bytes, and so their name in the blob store.
struct ContentHash {
  std::array<std::uint8_t, 32> bytes{};
  bool operator==(const ContentHash&) const = default;
  auto operator<=>(const ContentHash&) const = default;
};

// 64 lower-case hexadecimal digits.
std::string to_hex(const ContentHash& hash);
// Errors: invalid_argument, naming what came, if it is not exactly 64 lower-case hexadecimal digits.
Result<ContentHash> content_hash_from_hex(std::string_view hex);

// Bytes of a user that travel with a job: held here, or kept in the blob store under their hash. Never printed anew: what came is what is
// answered.
struct Payload {
  static constexpr std::size_t inline_bytes_max = 16 * 1024;  // longer ones go to the blob store (design.md, State)

  std::string text;                 // the bytes, if `blob` is empty
  std::optional<ContentHash> blob;  // where they are, otherwise
  bool operator==(const Payload&) const = default;
};

}  // namespace orc
