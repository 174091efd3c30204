#pragma once

#include <cstddef>

#include "adapters/json/json_value.h"

namespace orc {

// Equality as JSON Schema means it: numbers by exact value (1 equals 1.0), strings by characters, arrays by order, objects without order.
// Costs at most about node_count() steps, and size() squared in one object of the two; safe for the nesting that a document may have.
bool equal_json(JsonValue a, JsonValue b);

// Equal for equal values. Not keyed: whoever compares many values counts the comparisons, for somebody may choose values whose hashes meet.
std::size_t hash_of_json(JsonValue value);

}  // namespace orc
