#pragma once

#include <string>
#include <string_view>

namespace orc::postgres {

// Whether PostgreSQL takes these bytes as text: well-formed UTF-8 without NUL.
bool is_storable(std::string_view text);

// The same text with U+FFFD in place of what it would not take.
std::string storable_text(std::string_view text);

// Whether the bytes can stand in a column of type json, which gives them back as they came.
bool is_storable_json(std::string_view text);

}  // namespace orc::postgres
