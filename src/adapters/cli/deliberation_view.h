#pragma once

#include <string>
#include <string_view>

#include "adapters/cli/client_context.h"
#include "adapters/cli/table.h"
#include "adapters/json/json_value.h"

namespace orc {

// How deliberations of the API's answers are shown to a person.

// The deliberations of an array, one row each.
Table table_of_deliberations(JsonValue items);

// The agents of one with its calls, a row each: what they said so far, how that was scored, and what it used.
Table table_of_agents(JsonValue deliberation);

// The agents, what was decided or why nothing was, and what it cost.
void print_deliberation(ClientContext& context, JsonValue deliberation);

// "3 calls, 120 tokens in, 45 out, 0.0012 in money, 1.25 s".
std::string words_of_cost(JsonValue deliberation);

}  // namespace orc
