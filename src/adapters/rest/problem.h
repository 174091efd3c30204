#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "adapters/http/http_message.h"
#include "adapters/json/field_fault.h"
#include "domain/result.h"

namespace orc {

// The one table from our words to those of HTTP (contract section 1).
int status_of(ErrorCode code);

// {"detail": "<sentence>"}, with WWW-Authenticate where a 401 needs it and Retry-After where a 429 or 503 does.
HttpResponse problem(int status, std::string_view sentence);
// 429: `what` was done too often, and may be done again after `wait`.
HttpResponse too_often(std::string_view what, std::chrono::seconds wait);
// 429: passwords of one address that are looked at all at once.
HttpResponse too_many_passwords();
// A use case's error as the answer. What can never work is a fault of the body.
HttpResponse problem(const Error& error);

// {"detail": [{"loc", "msg", "type"}, …]}: one entry for each fault. The status is 422 but for batches, where an entry's own code counts.
HttpResponse fault_list(int status, std::span<const FieldFault> faults);
HttpResponse unprocessable(std::span<const FieldFault> faults);
HttpResponse unprocessable(const FieldFault& fault);

// The place of a rule that a use case found broken: its sentences start with the field, as in "name must have 1 to 100 bytes".
// Without such a start the whole body is the place.
FieldFault fault_of_sentence(const std::string& sentence);

HttpResponse json_answer(int status, std::string body);
HttpResponse no_content();

}  // namespace orc
