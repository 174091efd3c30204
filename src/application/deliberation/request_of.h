#pragma once

#include "application/deliberation/deliberation_input.h"
#include "domain/field_fault.h"
#include "domain/result.h"

namespace orc {

// The request that `input` describes, with the defaults of contract section 6 (timeout 0 is 300 s, retries 0 are 3).
// Errors: invalid_argument, with a sentence that names the field.
Result<DeliberationRequest> request_of(DeliberationInput input);

// All that request_of() could refuse, each with its place in the fields of the input, which are those of the proto messages.
std::vector<FieldFault> faults_of(const DeliberationInput& input);

}  // namespace orc
