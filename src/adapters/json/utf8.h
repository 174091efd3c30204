#pragma once

#include <cstddef>
#include <string_view>

namespace orc {

// Bytes of the well-formed UTF-8 sequence that starts `text` (1 to 4, table 3-7 of the Unicode standard: no overlong form, no
// surrogate, nothing above U+10FFFF); 0 when it starts with none. Precondition: `text` is not empty.
std::size_t utf8_sequence_size(std::string_view text);

// Whether all of `text` is well-formed UTF-8.
bool is_utf8(std::string_view text);

// Code points of `text`, which must be well-formed.
std::size_t count_code_points(std::string_view text);

}  // namespace orc
