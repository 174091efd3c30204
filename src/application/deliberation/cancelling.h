#pragma once

#include <string>

#include "ports/deliberation_signals.h"
#include "ports/deliberation_store.h"

namespace orc {

// Ends a deliberation that runs as cancelled: by whoever runs it in this process, which hangs up on its calls and records them before, or
// else in the store. Errors: conflict, if it has ended otherwise meanwhile; not_found; unavailable.
Async<void> cancel_deliberation(DeliberationStore& store, DeliberationSignals& signals, std::string id);

}  // namespace orc
