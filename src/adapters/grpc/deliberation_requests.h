#pragma once

#include "application/deliberation/deliberation_input.h"
#include "domain/result.h"

namespace fleet::ray_executor::v1 {
class ExecuteDeliberationRequest;
class ExecuteBacklogReviewDeliberationRequest;
}  // namespace fleet::ray_executor::v1

namespace orc {

// What a message asks for, in the words of the use case. Only `preset` and `options` are judged here, since they are a text of their own.
// Errors: invalid_argument, naming the field.
Result<DeliberationInput> input_from(fleet::ray_executor::v1::ExecuteDeliberationRequest request);
Result<DeliberationInput> input_from(fleet::ray_executor::v1::ExecuteBacklogReviewDeliberationRequest request);

}  // namespace orc
