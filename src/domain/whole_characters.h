#pragma once

#include <cstddef>
#include <string_view>

namespace orc {

// The front of well-formed UTF-8 of at most `bytes_max` bytes, without a character cut apart.
inline std::string_view whole_characters(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0U) == 0x80U) --bytes_max;
  return text.substr(0, bytes_max);
}

}  // namespace orc
