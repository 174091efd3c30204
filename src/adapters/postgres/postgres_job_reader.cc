#include "adapters/postgres/postgres_job_reader.h"

#include "adapters/postgres/job_lists.h"
#include "adapters/postgres/job_queries.h"
#include "domain/assert.h"

namespace orc::postgres {

Async<Job> PostgresJobReader::get(JobId id) {
  return readers_.run([id](Reading& reading) { return job_by_id(reading, id); });
}

Async<std::vector<std::optional<EarlierSubmission>>> PostgresJobReader::earlier_submissions(std::optional<UserId> owner,
                                                                                            std::vector<std::string> keys) {
  ORC_ASSERT(!keys.empty() && keys.size() <= job_batch_max);
  return readers_.run(
      [owner, keys = std::move(keys), now = clock_.now()](Reading& reading) -> Result<std::vector<std::optional<EarlierSubmission>>> {
        return postgres::earlier_submissions(reading, owner, keys, now);
      });
}

Async<JobPage> PostgresJobReader::list(JobFilter filter, Page page) {
  ORC_ASSERT(page.skip >= 0 && page.limit >= 0 && page.limit <= page_limit_max);
  return readers_.run([filter = std::move(filter), page](Reading& reading) -> Result<JobPage> { return list_jobs(reading, filter, page); });
}

Async<JobCounts> PostgresJobReader::counts(std::optional<UserId> owner) {
  return readers_.run([owner](Reading& reading) -> Result<JobCounts> { return job_counts(reading, owner); });
}

Async<std::vector<RunName>> PostgresJobReader::runs_of(WorkerId worker) {
  return readers_.run([worker](Reading& reading) -> Result<std::vector<RunName>> { return postgres::runs_of(reading, worker); });
}

Async<WaitingBefore> PostgresJobReader::waiting_before(JobId id) {
  return readers_.run([id](Reading& reading) { return postgres::waiting_before(reading, id); });
}

Async<std::vector<WorkerLoad>> PostgresJobReader::worker_loads() {
  return readers_.run([](Reading& reading) -> Result<std::vector<WorkerLoad>> { return postgres::worker_loads(reading); });
}

Async<std::vector<Attempt>> PostgresJobReader::attempts(JobId id) {
  return readers_.run([id](Reading& reading) -> Result<std::vector<Attempt>> { return attempts_of(reading, id); });
}

Async<std::vector<Artifact>> PostgresJobReader::artifacts(JobId id) {
  return readers_.run([id](Reading& reading) -> Result<std::vector<Artifact>> { return artifacts_of(reading, id); });
}

Async<LogPage> PostgresJobReader::log(JobId id, std::int64_t from, int limit) {
  ORC_ASSERT(from >= 1 && limit >= 1 && limit <= 10'000);
  return readers_.run([=](Reading& reading) -> Result<LogPage> { return log_of(reading, id, from, limit); });
}

Async<DeadLetterPage> PostgresJobReader::dead_letters(Page page) {
  ORC_ASSERT(page.skip >= 0 && page.limit >= 0 && page.limit <= page_limit_max);
  return readers_.run([page](Reading& reading) -> Result<DeadLetterPage> { return postgres::dead_letters(reading, page); });
}

Async<std::optional<std::chrono::milliseconds>> PostgresJobReader::oldest_wait() {
  return readers_.run([now = clock_.now()](Reading& reading) -> Result<std::optional<std::chrono::milliseconds>> {
    return postgres::oldest_wait(reading, now);
  });
}

}  // namespace orc::postgres
