#include "adapters/cli/outage.h"

#include <poll.h>

namespace orc {

bool Outage::is_borne(const Failure& failure) {
  if (failure.code != ExitCode::unreachable || tries_ >= tries_max) return false;
  ++tries_;
  pause();
  return true;
}

bool Outage::is_borne(const Outcome<void>& stream) {
  if (!stream) return is_borne(stream.error());
  end();
  pause();
  return true;
}

void Outage::pause() const { ::poll(nullptr, 0, static_cast<int>(context_.pause_between_tries.count())); }

}  // namespace orc
