#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "adapters/json/json_writer.h"
#include "domain/result.h"

namespace orc {

// One step to the place of a fault: a field's name or an index.
using FieldStep = std::variant<std::string, std::int64_t>;
using FieldPlace = std::vector<FieldStep>;

// One thing wrong with what a client sent, as FastAPI's clients know it (contracts, section 1: the list of a 422).
// `type` is one of pydantic 2's error types, `msg` its sentence.
struct FieldFault {
  FieldPlace loc;
  std::string msg;
  std::string type;
  bool operator==(const FieldFault&) const = default;
};

// Writes the value of "detail": [{"loc": ["body", "email"], "msg": "…", "type": "…"}, …].
void write_faults(JsonWriter& json, std::span<const FieldFault> faults);

// The fault of a body that is no JSON; `error` is what JsonDocument::parse answered.
FieldFault malformed_json_fault(const Error& error);

// Reads an integer of a query or path, which comes as text. Digits with an optional minus, nothing else.
// The error of this result is the fault to show, with `loc` as its place.
std::expected<std::int64_t, FieldFault> read_integer_text(std::string_view text, std::int64_t min, std::int64_t max, FieldPlace loc);

}  // namespace orc
