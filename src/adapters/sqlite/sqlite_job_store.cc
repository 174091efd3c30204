#include "adapters/sqlite/sqlite_job_store.h"

#include <algorithm>
#include <numeric>

#include "domain/assert.h"

namespace orc::sqlite {

boost::asio::awaitable<SubmitOutcome> SqliteJobStore::submit(std::vector<NewJob> jobs) {
  const std::size_t rows = jobs.size();
  ORC_ASSERT(rows >= 1 && rows <= job_batch_max);
  return writer_.run([this, jobs = std::move(jobs)](Timestamp now) { return submissions_.submit(jobs, now); }, rows);
}

Async<Claim> SqliteJobStore::claim(WorkerId worker, int count) {
  ORC_ASSERT(count >= 1 && count <= 1000);
  return writer_.run([this, worker, count](Timestamp now) { return claims_.claim(worker, count, now); }, static_cast<std::size_t>(count));
}

Async<void> SqliteJobStore::report(WorkerId worker, RunName run, RunReport report) {
  auto chunks = co_await compress(report.log);
  if (!chunks) co_return pass_on(chunks);
  const auto write = [&](Timestamp now) { return life_.report(worker, run, report, *chunks, now); };
  co_return co_await writer_.run(write, 1 + chunks->size());
}

Async<JobStatus> SqliteJobStore::finish(AttemptEnd end) {
  auto chunks = co_await compress(end.log);
  if (!chunks) co_return pass_on(chunks);
  const auto write = [this, &end, &chunks](Timestamp now) { return life_.finish(end, *chunks, now); };
  co_return co_await writer_.run(write, 1 + chunks->size());
}

Async<std::vector<LogChunk>> SqliteJobStore::compress(const std::vector<LogLine>& log) {
  const auto bytes =
      std::accumulate(log.begin(), log.end(), std::size_t{0}, [](std::size_t sum, const LogLine& line) { return sum + line.text.size(); });
  const auto work = [&log]() -> Result<std::vector<LogChunk>> { return to_chunks(log); };
  if (bytes <= compressed_here_max) co_return work();
  co_return co_await readers_.offload(work);
}

Async<JobStatus> SqliteJobStore::cancel(JobId id) {
  return writer_.run([this, id](Timestamp now) { return life_.cancel(id, now); });
}

Async<void> SqliteJobStore::retry(JobId id) {
  return writer_.run([this, id](Timestamp now) { return life_.retry(id, now); });
}

Async<void> SqliteJobStore::erase(JobId id) {
  return writer_.run([this, id](Timestamp) { return removal_.remove(id); });
}

Async<Rescue> SqliteJobStore::rescue(WorkerId dead, WorkerEnd end) {
  return writer_.run([this, dead, end](Timestamp now) -> Result<Rescue> { return life_.rescue(dead, end, now); });
}

Async<std::vector<JobId>> SqliteJobStore::end_overdue(int count) {
  ORC_ASSERT(count >= 1 && count <= 1000);
  const auto rows = static_cast<std::size_t>(count);
  return writer_.run([this, rows](Timestamp now) -> Result<std::vector<JobId>> { return life_.end_overdue(rows, now); }, rows);
}

Async<EndedOrphans> SqliteJobStore::end_orphans(int count) {
  ORC_ASSERT(count >= 1 && count <= 1000);
  const auto rows = static_cast<std::size_t>(count);
  return writer_.run([this, rows](Timestamp now) -> Result<EndedOrphans> { return orphans_.end(rows, now); }, rows);
}

}  // namespace orc::sqlite
