#include "launch/descriptor_text.h"

#include <cerrno>
#include <unistd.h>

namespace orc::launch {

std::string read_all(int descriptor) {
  std::string text;
  char part[4096];
  for (;;) {
    const ssize_t size = read(descriptor, part, sizeof part);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(part, static_cast<std::size_t>(size));
  }
}

}  // namespace orc::launch
