#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "adapters/sql_text/log_chunk.h"
#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/stored_job.h"
#include "ports/job_store.h"

namespace orc::sqlite {

// JobLife reads jobs, lets domain/job/job_course.h decide what becomes of them, and writes that with all that goes with it. Writer's thread
// only.
class JobLife {
 public:
  JobLife(Connection& connection, const StatementCatalog& catalog, StoredJobs& jobs);

  // As in JobStore; `log` is the log of the report or end, made into chunks.
  Result<void> report(WorkerId worker, RunName run, const RunReport& report, std::span<const LogChunk> log, Timestamp now);
  Result<JobStatus> finish(const AttemptEnd& end, std::span<const LogChunk> log, Timestamp now);
  Result<JobStatus> cancel(JobId id, Timestamp now);
  Result<void> retry(JobId id, Timestamp now);
  Rescue rescue(WorkerId dead, WorkerEnd how, Timestamp now);

  // As JobStore::end_overdue.
  std::vector<JobId> end_overdue(std::size_t count, Timestamp now);

  // Fails a queued job whose plugin was removed. The job must be there and queued.
  void withdraw(JobId id, std::string_view plugin_name, Timestamp now);

 private:
  // The job as it was changed, and what else the change says.
  void write(StoredJob& job, const CourseChange& change, Timestamp now);
  void add_log(StoredJob& job, std::int64_t lines_stored, std::span<const LogLine> lines, std::span<const LogChunk> log, Timestamp now);
  void replace_artifacts(const StoredJob& job, const std::vector<Artifact>& artifacts);
  void forget_artifacts(JobId id);
  void add_attempt(JobId id, const EndedAttempt& attempt);
  // Of a run that a cancel cut off.
  void tell_rest(StoredJob& job, const AttemptEnd& end, std::span<const LogChunk> log, Timestamp now);
  void tell_end(const StoredJob& job, Timestamp now);

  StoredJobs& jobs_;
  Statement add_attempt_;
  Statement tell_usage_;
  Statement add_artifact_;
  Statement remove_artifacts_;
  Statement remove_artifact_blobs_;
  Statement add_blob_;
  Statement add_log_chunk_;
  Statement add_dead_letter_;
  Statement remove_dead_letter_;
  Statement remove_result_blob_;
  Statement jobs_of_worker_;
  Statement overdue_jobs_;
  Statement add_callback_;
};

}  // namespace orc::sqlite
