#pragma once

#include <algorithm>
#include <cstddef>

namespace orc {

// Of each text of a deliberation a list shows so many bytes; of several of a kind, as the proposals of many agents, these together at most.
inline constexpr std::size_t listed_text_bytes_max = 4 * 1024;
inline constexpr std::size_t listed_texts_bytes_max = 64 * 1024;

// Of each of `texts` of a kind.
constexpr std::size_t listed_bytes_max(std::size_t texts) {
  return std::min(listed_text_bytes_max, listed_texts_bytes_max / std::max<std::size_t>(texts, 1));
}

}  // namespace orc
