#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/json/field_fault.h"
#include "application/deliberation/deliberation_input.h"

namespace orc {

// As much as a gRPC client may send (grpc_limits.h).
inline constexpr std::size_t deliberation_body_max = std::size_t{4} * 1024 * 1024;

// The body of POST /api/v1/deliberations: the fields of ExecuteDeliberationRequest by their proto names; `options` as an object, or as its
// JSON text as in gRPC. Every fault of its form is told at once; what a use case alone knows comes later, by fault_of_deliberation().
std::expected<DeliberationInput, std::vector<FieldFault>> read_deliberation(std::string_view body);

// A use case's sentence that begins with the field's name, such as "agents[2].role must not be empty", with its place.
FieldFault fault_of_deliberation(const std::string& sentence);

}  // namespace orc
