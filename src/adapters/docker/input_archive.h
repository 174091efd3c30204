#pragma once

#include <string>
#include <string_view>

namespace orc {

// A tar archive (POSIX ustar, IEEE 1003.1) of one file that all may read and nobody may write. `name`: at most 100 bytes.
std::string archive_of_file(std::string_view name, std::string_view bytes);

}  // namespace orc
