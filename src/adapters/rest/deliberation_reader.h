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
// JSON text as in gRPC. What could not be read stands in the faults and is empty in the input.
struct ReadDeliberation {
  DeliberationInput input;
  std::vector<FieldFault> faults;
  // Members that mean nothing here, by their places (agents.0.weight), of many the first few. Outside the options they are ignored as in
  // any body (contracts, section 1); who misspelt `options` must hear of it, as a budget that nobody read bounds nothing.
  std::vector<std::string> ignored;
};
// Errors: what is no JSON.
std::expected<ReadDeliberation, std::vector<FieldFault>> read_deliberation(std::string_view body);

}  // namespace orc
