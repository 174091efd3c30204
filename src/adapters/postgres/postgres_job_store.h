#pragma once

#include "adapters/postgres/claims.h"
#include "adapters/postgres/job_life.h"
#include "adapters/postgres/readers.h"
#include "adapters/postgres/submissions.h"
#include "adapters/postgres/writer.h"
#include "ports/job_store.h"

namespace orc::postgres {

// Each writer has a connection: what many wait for at once, what workers wait for, what persons ask for, and what nobody waits for.
struct Writers {
  Writers(const Destination& destination, const NamedSql& catalog, Clock& clock, WriterLimits limits, const CommitObserver& observer,
          const FaultObserver& on_fault, const LateRefusals& late_refusals);

  Writer submissions;
  Writer runs;     // claims and the ends of attempts
  Writer changes;  // everything else
  Writer upkeep;   // pruning and sweeping
};

// PostgresJobStore is a JobStore in a PostgreSQL database that other processes use too. Thread-safe. Borrows everything.
class PostgresJobStore final : public JobStore {
 public:
  PostgresJobStore(Writers& writers, Readers& readers) : writers_(writers), readers_(readers) {}

  boost::asio::awaitable<SubmitOutcome> submit(std::vector<NewJob> jobs) override;
  Async<Claim> claim(WorkerId worker, int count) override;
  Async<void> report(WorkerId worker, RunName run, RunReport report) override;
  Async<JobStatus> finish(AttemptEnd end) override;
  Async<JobStatus> cancel(JobId id) override;
  Async<void> retry(JobId id) override;
  Async<void> erase(JobId id) override;
  Async<Rescue> rescue(WorkerId dead, WorkerEnd end) override;
  Async<std::vector<JobId>> end_overdue(int count) override;
  // Beside that it takes back what others have abandoned (abandoned_jobs.h).
  Async<EndedOrphans> end_orphans(int count) override;

 private:
  // More text than this is compressed off the caller's thread.
  static constexpr std::size_t compressed_here_max = 32 * 1024;

  Async<std::vector<LogChunk>> compress(const std::vector<LogLine>& log);

  Writers& writers_;
  Readers& readers_;
  SubmissionKind submissions_{SubmissionKind::Sharing::together};
  SubmissionKind batch_submissions_{SubmissionKind::Sharing::alone};
  ClaimKind claims_;
  JobChangeKind changes_;
};

}  // namespace orc::postgres
