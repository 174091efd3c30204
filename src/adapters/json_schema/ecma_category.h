#pragma once

#include <string_view>

namespace orc {

// The short name of a Unicode general category (Letter: L), as RE2 knows it; any other name, such as that of a script, comes back as it is.
std::string_view short_category_name(std::string_view name);

}  // namespace orc
