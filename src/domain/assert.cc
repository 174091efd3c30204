#include "domain/assert.h"

#include <cstdio>
#include <cstdlib>

namespace orc {

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "orc: internal error: %s does not hold (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace orc
