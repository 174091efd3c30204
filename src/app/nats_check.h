#pragma once

#include "adapters/cli/client_context.h"
#include "adapters/cli/doctor_checks.h"

namespace orc {

// Whether events can be published to the NATS server of the environment (NATS_URL, ENABLE_NATS), and every one of them has a place there.
// None is named: no fault. Blocks for seconds. Shows no secret.
Finding check_nats(const Environment& environment);

}  // namespace orc
