#pragma once

#include <optional>

#include "adapters/json/json_value.h"

namespace orc {

// The first key of `object` that came before in it, compared after escapes are resolved; nothing when all differ.
// A key that comes twice means one thing to one parser and another to the next, so the parser refuses it.
std::optional<JsonValue> find_repeated_key(JsonValue object);

}  // namespace orc
