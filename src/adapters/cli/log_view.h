#pragma once

#include <span>

#include "adapters/cli/client_context.h"
#include "adapters/json/json_value.h"

namespace orc {

// A job's log on a terminal: lines as /logs gives them, as printable_log_line() shows them, and a mark where another attempt begins, by
// the answer to /attempts.
void print_log(ClientContext& context, std::span<const JsonValue> lines, JsonValue attempts);

}  // namespace orc
