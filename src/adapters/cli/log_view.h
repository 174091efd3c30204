#pragma once

#include <string_view>

#include "adapters/cli/client_context.h"
#include "adapters/json/json_value.h"

namespace orc {

// A job's log on a terminal: the lines of the answer to /logs as JSON, without what a terminal would obey, and a mark where another
// attempt begins, by the answer to /attempts.
void print_log(ClientContext& context, JsonValue page, JsonValue attempts);

}  // namespace orc
