#pragma once

#include "app/settings.h"

namespace orc {

// Runs `orc serve` until SIGTERM or SIGINT: drains then; a second signal stops at once. Gives the exit code
// (adapters/cli/exit_code.h): ok after a good end, negative if something had to be cut off, interrupted after a second signal, else that of
// the fault for which the server could not start.
int serve(const RawSettings& raw);

}  // namespace orc
