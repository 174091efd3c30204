#pragma once

#include <vector>

#include "adapters/sql_text/log_chunk.h"
#include "adapters/sqlite/claims.h"
#include "adapters/sqlite/job_life.h"
#include "adapters/sqlite/job_removal.h"
#include "adapters/sqlite/orphans.h"
#include "adapters/sqlite/readers.h"
#include "adapters/sqlite/submissions.h"
#include "adapters/sqlite/writer.h"
#include "ports/job_store.h"

namespace orc::sqlite {

// SqliteJobStore is a JobStore in one SQLite file. Thread-safe. Borrows everything.
class SqliteJobStore final : public JobStore {
 public:
  SqliteJobStore(Writer& writer, Readers& readers, Submissions& submissions, Claims& claims, JobLife& life, JobRemoval& removal,
                 Orphans& orphans)
      : writer_(writer), readers_(readers), submissions_(submissions), claims_(claims), life_(life), removal_(removal), orphans_(orphans) {}

  boost::asio::awaitable<SubmitOutcome> submit(std::vector<NewJob> jobs) override;
  Async<Claim> claim(WorkerId worker, int count) override;
  Async<void> report(WorkerId worker, RunName run, RunReport report) override;
  Async<JobStatus> finish(AttemptEnd end) override;
  Async<JobStatus> cancel(JobId id) override;
  Async<void> retry(JobId id) override;
  Async<void> erase(JobId id) override;
  Async<Rescue> rescue(WorkerId dead, WorkerEnd end) override;
  Async<std::vector<JobId>> end_overdue(int count) override;
  Async<EndedOrphans> end_orphans(int count) override;

 private:
  // More text than this is compressed off the caller's thread.
  static constexpr std::size_t compressed_here_max = 32 * 1024;

  Async<std::vector<LogChunk>> compress(const std::vector<LogLine>& log);

  Writer& writer_;
  Readers& readers_;
  Submissions& submissions_;
  Claims& claims_;
  JobLife& life_;
  JobRemoval& removal_;
  Orphans& orphans_;
};

}  // namespace orc::sqlite
