#pragma once

#include <string>

namespace orc::launch {

// All that comes from it until its end, or until it cannot be read any more.
std::string read_all(int descriptor);

}  // namespace orc::launch
