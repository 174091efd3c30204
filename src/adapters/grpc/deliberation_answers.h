#pragma once

#include <string>
#include <vector>

#include "application/deliberation/deliberation_input.h"
#include "application/deliberation/get_active_jobs.h"
#include "application/deliberation/get_stats.h"
#include "domain/deliberation/deliberation.h"
#include "domain/deliberation/execution_figures.h"
#include "generated/fleet/ray_executor/v1/ray_executor.pb.h"

namespace orc {

// What the use cases gave, as messages. The words of states are those of the contract (section 6).

fleet::ray_executor::v1::ExecuteDeliberationResponse answer_of(const TakenDeliberation& taken);
// It could not be begun, for a reason that is not the caller's.
fleet::ray_executor::v1::ExecuteDeliberationResponse failed_answer(const std::string& task_id, const Error& why);

// A cancelled one has "failed": older clients know no other word. Of at most `bytes_max` bytes, which clients take: of `results` the first
// ones stand there, and `results_left_out` in the metadata of `result` says how many more there are; of one result that is too large alone
// the proposal is cut, and `truncated` says so. REST has all.
fleet::ray_executor::v1::GetDeliberationStatusResponse answer_of(const Deliberation& deliberation, std::size_t bytes_max);
fleet::ray_executor::v1::GetDeliberationStatusResponse unknown_deliberation(const std::string& sentence);

fleet::ray_executor::v1::GetStatusResponse answer_of(const ExecutorState& state);
// The figures cannot be read just now: they are there, and zero.
fleet::ray_executor::v1::GetStatusResponse unhealthy_answer();

fleet::ray_executor::v1::GetActiveJobsResponse answer_of(const ActiveJobs& active);

}  // namespace orc
