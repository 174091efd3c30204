#include "domain/payload.h"

namespace orc {
namespace {

constexpr char digits[] = "0123456789abcdef";

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string to_hex(const ContentHash& hash) {
  std::string text;
  text.reserve(64);
  for (const std::uint8_t byte : hash.bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

Result<ContentHash> content_hash_from_hex(std::string_view hex) {
  ContentHash hash;
  bool good = hex.size() == 64;
  for (std::size_t i = 0; good && i < 32; ++i) {
    const int high = digit_value(hex[2 * i]);
    const int low = digit_value(hex[2 * i + 1]);
    good = high >= 0 && low >= 0;
    hash.bytes[i] = static_cast<std::uint8_t>(good ? high * 16 + low : 0);
  }
  if (good) return hash;
  return fail(ErrorCode::invalid_argument, "a SHA-256 is 64 lower-case hexadecimal digits, not \"" + std::string(hex.substr(0, 80)) + "\"");
}

}  // namespace orc
