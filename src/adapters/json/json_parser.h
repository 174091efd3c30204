#pragma once

#include <string_view>
#include <vector>

#include "adapters/json/json_document.h"
#include "adapters/json/json_value.h"
#include "domain/result.h"

namespace orc {

// Fills `nodes` with those of `text`. Only JsonDocument calls it; the rules are told there.
Result<void> parse_json(std::string_view text, const JsonLimits& limits, std::vector<JsonNode>& nodes);

}  // namespace orc
