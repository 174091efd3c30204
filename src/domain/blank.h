#pragma once

#include <algorithm>
#include <string_view>

namespace orc {

// Whether a text says nothing: it is empty, or white space.
inline bool is_blank(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
}

}  // namespace orc
