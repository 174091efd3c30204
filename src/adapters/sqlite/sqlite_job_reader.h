#pragma once

#include "adapters/sqlite/readers.h"
#include "ports/clock.h"
#include "ports/job_reader.h"

namespace orc::sqlite {

// SqliteJobReader is a JobReader over one SQLite file. get() and a few keys run on the caller's thread, the rest on the readers'.
// Thread-safe.
class SqliteJobReader final : public JobReader {
 public:
  SqliteJobReader(Readers& readers, Clock& clock) : readers_(readers), clock_(clock) {}

  Async<Job> get(JobId id) override;
  Async<std::vector<std::optional<EarlierSubmission>>> earlier_submissions(std::optional<UserId> owner,
                                                                           std::vector<std::string> keys) override;
  Async<JobPage> list(JobFilter filter, Page page) override;
  Async<JobCounts> counts(std::optional<UserId> owner) override;
  Async<std::vector<RunName>> runs_of(WorkerId worker) override;
  Async<WaitingBefore> waiting_before(JobId id) override;
  Async<std::vector<WorkerLoad>> worker_loads() override;
  Async<std::vector<Attempt>> attempts(JobId id) override;
  Async<std::vector<Artifact>> artifacts(JobId id) override;
  Async<LogPage> log(JobId id, std::int64_t from, int limit) override;
  Async<DeadLetterPage> dead_letters(Page page) override;
  Async<std::optional<std::chrono::milliseconds>> oldest_wait() override;

 private:
  Readers& readers_;
  Clock& clock_;
};

}  // namespace orc::sqlite
