#include "adapters/crypto/base64.h"

#include <array>
#include <cstdint>

namespace orc {
namespace {

constexpr std::string_view url_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view plain_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 64;

constexpr std::array<std::uint8_t, 256> url_values = [] {
  std::array<std::uint8_t, 256> values;
  values.fill(no_digit);
  for (std::size_t i = 0; i < url_digits.size(); ++i) values[static_cast<unsigned char>(url_digits[i])] = static_cast<std::uint8_t>(i);
  return values;
}();

std::string encode(std::string_view bytes, std::string_view digits) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const unsigned char byte : bytes) {
    bits = (bits << 8) | byte;
    for (count += 8; count >= 6; count -= 6) text += digits[(bits >> (count - 6)) & 63];
  }
  if (count > 0) text += digits[(bits << (6 - count)) & 63];
  return text;
}

}  // namespace

std::string base64url(std::string_view bytes) { return encode(bytes, url_digits); }

std::optional<std::string> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return {};
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const unsigned char digit : text) {
    const auto value = url_values[digit];
    if (value == no_digit) return {};
    bits = (bits << 6) | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> count) & 255);
  }
  if ((bits & ((1U << count) - 1)) != 0) return {};
  return bytes;
}

std::string base64(std::string_view bytes) {
  std::string text = encode(bytes, plain_digits);
  while (text.size() % 4 != 0) text += '=';
  return text;
}

}  // namespace orc
