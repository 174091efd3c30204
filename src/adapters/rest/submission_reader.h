#pragma once

#include <string_view>
#include <vector>

#include "adapters/json/field_fault.h"
#include "adapters/json/json_value.h"
#include "application/job/submit_jobs.h"

namespace orc {

// What was read of the body of POST /jobs or /jobs:batch. The requests count only if there are no faults.
struct ReadSubmissions {
  std::vector<JobRequest> requests;
  std::vector<FieldFault> malformed;  // 422
  std::vector<FieldFault> too_large;  // 413; looked at if nothing is malformed
};

// Both are pure: any thread. `header_key` is the Idempotency-Key header's, empty if there is none.
ReadSubmissions read_one_submission(std::string_view body, std::string_view header_key);
// The places of faults start with "body", "jobs" and the index of the entry.
ReadSubmissions read_batch(std::string_view body, std::string_view header_key);

// 1 to 200 printable ASCII characters.
bool is_idempotency_key(std::string_view key);

}  // namespace orc
