#pragma once

#include "app/settings.h"

namespace orc {

// Runs `orc serve` until SIGTERM or SIGINT: drains then; a second signal stops at once. Gives the exit code: 0 after a good end, 1 if
// something had to be cut, 2 for a bad setting, 3 if the server could not start, 130 after a second signal.
int serve(const RawSettings& raw);

}  // namespace orc
