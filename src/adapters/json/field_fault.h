#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "adapters/json/json_writer.h"
#include "domain/field_fault.h"
#include "domain/result.h"

namespace orc {

// Faults (domain/field_fault.h) as FastAPI's clients know them (contracts, section 1: the list of a 422): whoever reads JSON gives as
// `type` one of pydantic 2's error types, as `msg` its sentence.

// Writes the value of "detail": [{"loc": ["body", "email"], "msg": "…", "type": "…"}, …].
void write_faults(JsonWriter& json, std::span<const FieldFault> faults);

// The fault of a body that is no JSON; `error` is what JsonDocument::parse answered.
FieldFault malformed_json_fault(const Error& error);

// Reads an integer of a query or path, which comes as text. Digits with an optional minus, nothing else.
// The error of this result is the fault to show, with `loc` as its place.
std::expected<std::int64_t, FieldFault> read_integer_text(std::string_view text, std::int64_t min, std::int64_t max, FieldPlace loc);

}  // namespace orc
