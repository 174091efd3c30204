#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/json/json_value.h"

namespace orc {

// The JSON pointer (RFC 6901) from `root` to `inner`, a value of the same document inside it: "" for the root itself, "/features/0".
// A key is given as the pointer to its member. Linear in the nodes on the way: for messages, not for loops.
std::string pointer_to(JsonValue root, JsonValue inner);

// One step of a JSON pointer: the member or element that `token` (its ~0 and ~1 resolved) names; nothing if there is none.
std::optional<JsonValue> step_into(JsonValue value, std::string_view token);

// Takes the first token off a pointer that starts with '/', with ~0 and ~1 resolved.
std::string take_token(std::string_view& pointer);

}  // namespace orc
