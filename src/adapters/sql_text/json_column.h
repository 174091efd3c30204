#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "adapters/json/json_document.h"
#include "domain/assert.h"

namespace orc {

// A column that this program has written itself.
inline JsonDocument parse_column(std::string_view text) {
  auto document = JsonDocument::parse(text);
  ORC_ASSERT(document.has_value());
  return std::move(*document);
}

inline std::optional<std::int64_t> integer_of(JsonValue object, std::string_view name) {
  const auto value = object.find(name);
  return value ? value->as_int64() : std::nullopt;
}

}  // namespace orc
