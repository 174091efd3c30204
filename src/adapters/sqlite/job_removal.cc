#include "adapters/sqlite/job_removal.h"

namespace orc::sqlite {

JobRemoval::JobRemoval(Connection& connection, const StatementCatalog& catalog, StoredJobs& jobs, JobIds& ids, Counters& counters)
    : jobs_(jobs),
      ids_(ids),
      counters_(counters),
      remove_job_(catalog.prepare(connection, "remove_job")),
      remove_input_(catalog.prepare(connection, "remove_input")),
      remove_attempts_(catalog.prepare(connection, "remove_attempts")),
      remove_artifacts_(catalog.prepare(connection, "remove_artifacts")),
      remove_log_(catalog.prepare(connection, "remove_log")),
      remove_blobs_(catalog.prepare(connection, "remove_job_blobs")),
      remove_dead_letter_(catalog.prepare(connection, "remove_dead_letter")),
      remove_callbacks_(catalog.prepare(connection, "remove_callbacks")) {}

// Its share's turn is left: a claim that finds no job there removes it. Its idempotency key is left too, and means nothing without it.
Result<void> JobRemoval::remove(JobId id) {
  const auto job = jobs_.find(id);
  if (!job) return fail(ErrorCode::not_found, "Job not found");
  remove_job_.execute(id);
  remove_input_.execute(id);
  if (job->course.runs > 0) {
    remove_attempts_.execute(id);
    remove_artifacts_.execute(id);
  }
  if (job->log_lines > 0) remove_log_.execute(id);
  remove_blobs_.execute(id);
  remove_dead_letter_.execute(id);
  if (job->callback_url) remove_callbacks_.execute(id);
  counters_.add({.owner = job->owner, .name = job->name, .status = job->course.status}, -1);
  ids_.removed(id);
  jobs_.let_go(*job);
  return {};
}

}  // namespace orc::sqlite
