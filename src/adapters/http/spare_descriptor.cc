#include "adapters/http/spare_descriptor.h"

#include <fcntl.h>
#include <unistd.h>

namespace orc {

void SpareDescriptor::take() {
  if (descriptor_ < 0) descriptor_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

bool SpareDescriptor::give_up() {
  if (descriptor_ < 0) return false;
  ::close(descriptor_);
  descriptor_ = -1;
  return true;
}

}  // namespace orc
