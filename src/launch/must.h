#pragma once

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace orc::launch {

// Throws std::runtime_error with `what` and the reason in errno, unless it worked.
inline void must(bool worked, const std::string& what) {
  if (!worked) throw std::runtime_error(what + ": " + std::strerror(errno));
}

}  // namespace orc::launch
