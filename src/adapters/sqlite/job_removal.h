#pragma once

#include "adapters/sqlite/counters.h"
#include "adapters/sqlite/job_ids.h"
#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/stored_job.h"
#include "domain/result.h"

namespace orc::sqlite {

// JobRemoval removes a job with all that belongs to it. Writer's thread only.
class JobRemoval {
 public:
  JobRemoval(Connection& connection, const StatementCatalog& catalog, StoredJobs& jobs, JobIds& ids, Counters& counters);

  // Errors: not_found.
  Result<void> remove(JobId id);

 private:
  StoredJobs& jobs_;
  JobIds& ids_;
  Counters& counters_;
  Statement remove_job_;
  Statement remove_input_;
  Statement remove_attempts_;
  Statement remove_artifacts_;
  Statement remove_log_;
  Statement remove_blobs_;
  Statement remove_dead_letter_;
  Statement remove_callbacks_;
};

}  // namespace orc::sqlite
