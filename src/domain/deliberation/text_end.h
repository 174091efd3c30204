#pragma once

#include <cstddef>
#include <string_view>

namespace orc {

// Of a text this much of its end is read where it is compared with others, so that none takes long: what is said stands at the end.
inline constexpr std::size_t compared_bytes_max = 32 * 1024;
// The same, to tell whether it votes for what another does.
inline constexpr std::size_t voted_bytes_max = 128 * 1024;

// The last bytes of well-formed UTF-8, at most `bytes_max`, without a character cut apart.
inline std::string_view end_of(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  text.remove_prefix(text.size() - bytes_max);
  while (!text.empty() && (static_cast<unsigned char>(text.front()) & 0xC0U) == 0x80U) text.remove_prefix(1);
  return text;
}

}  // namespace orc
