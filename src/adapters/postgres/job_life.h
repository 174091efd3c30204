#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "adapters/postgres/job_changes.h"
#include "adapters/postgres/writer.h"
#include "ports/job_store.h"

namespace orc::postgres {

// What happens to jobs that were loaded, as domain/job/job_course.h decides it. All as in JobStore.
Result<JobStatus> finish(JobChanges& changes, const AttemptEnd& end, std::span<const LogChunk> log, Timestamp now);
Result<JobStatus> report(JobChanges& changes, WorkerId worker, RunName run, const RunReport& report, std::span<const LogChunk> log,
                         Timestamp now);
Result<JobStatus> cancel(JobChanges& changes, JobId id, Timestamp now);
Result<void> retry(JobChanges& changes, JobId id, Timestamp now);
void lose_worker(JobChanges& changes, JobId id, WorkerEnd how, Rescue& rescue, Timestamp now);

// Fails a job whose plugin was removed, if it is queued.
void withdraw(JobChanges& changes, JobId id, std::string_view plugin_name, Timestamp now);

// As JobStore::end_overdue.
std::vector<JobId> end_overdue(Transaction& transaction, int count, Timestamp now);

// One change of one job. `apply` gives the status that its caller wants to know, and may be called more than once.
struct JobChange {
  JobId id{};
  std::function<Result<JobStatus>(JobChanges&, Timestamp)> apply;
};

// Many changes of jobs that are made in one transaction: as many statements as for one.
class JobChangeKind final : public Writer::Kind {
 public:
  void run(Transaction& transaction, std::span<Writer::Waiting* const> operations, Timestamp now) override;
};

}  // namespace orc::postgres
