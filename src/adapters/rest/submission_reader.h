#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "adapters/json/field_fault.h"
#include "adapters/json/json_value.h"
#include "application/job/submit_jobs.h"
#include "ports/credentials.h"

namespace orc {

// For whose input is too large.
inline constexpr std::string_view large_input_advice =
    R"(Upload files with PUT /api/v1/blobs/{sha256}, and name each in the input as {"$blob": "sha256:<hash>"}; orc run --file does both.)";

// What was read of the body of POST /jobs or /jobs:batch. The requests count only if there are no faults.
struct ReadSubmissions {
  std::vector<JobRequest> requests;
  std::optional<Idempotency> batch;   // the header's key, of a batch
  std::vector<FieldFault> malformed;  // 422
  std::vector<FieldFault> too_large;  // 413; looked at if nothing is malformed
};

// Both are pure: any thread. `header_key` is the Idempotency-Key header's, empty if there is none. A repeat of a key has to bring the same
// bytes: the whole body, or with a key in an entry of a batch that entry.
ReadSubmissions read_one_submission(std::string_view body, std::string_view header_key, Digest& digest);
// The places of faults start with "body", "jobs" and the index of the entry. A key of the header is the
// whole batch's, whatever keys its entries have; it covers the entries without their own, and no entry may have it too.
ReadSubmissions read_batch(std::string_view body, std::string_view header_key, Digest& digest);

// 1 to 200 printable ASCII characters.
bool is_idempotency_key(std::string_view key);

}  // namespace orc
