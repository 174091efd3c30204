#pragma once

#include <map>
#include <optional>
#include <vector>

#include "adapters/postgres/reading.h"
#include "ports/job_reader.h"

namespace orc::postgres {

// Questions about jobs and what belongs to them; each as in JobReader. Lists are in job_lists.h.
Result<Job> job_by_id(Reading& reading, JobId id);
// In the order of `ids`, each of which exists.
std::vector<Job> jobs_by_ids(Reading& reading, const std::vector<JobId>& ids);
std::vector<std::optional<EarlierSubmission>> earlier_submissions(Reading& reading, std::optional<UserId> owner,
                                                                  const std::vector<std::string>& keys, Timestamp now);
JobCounts job_counts(Reading& reading, std::optional<UserId> owner);
std::vector<RunName> runs_of(Reading& reading, WorkerId worker);
Result<WaitingBefore> waiting_before(Reading& reading, JobId id);
std::vector<WorkerLoad> worker_loads(Reading& reading);
std::vector<Attempt> attempts_of(Reading& reading, JobId id);
std::vector<Artifact> artifacts_of(Reading& reading, JobId id);
LogPage log_of(Reading& reading, JobId id, std::int64_t from, int limit);
DeadLetterPage dead_letters(Reading& reading, Page page);
std::optional<std::chrono::milliseconds> oldest_wait(Reading& reading, Timestamp now);

}  // namespace orc::postgres
