#include "adapters/sqlite/sqlite_job_reader.h"

#include "domain/assert.h"

namespace orc::sqlite {
namespace {

// So many jobs are found by their keys without leaving the caller's thread: below a tenth of a millisecond.
constexpr std::size_t keys_here_max = 4;

}  // namespace

Async<Job> SqliteJobReader::get(JobId id) {
  co_return readers_.here([&](ReadSession& session) { return session.jobs.get(id); });
}

Async<std::vector<std::optional<EarlierSubmission>>> SqliteJobReader::earlier_submissions(std::optional<UserId> owner,
                                                                                          std::vector<std::string> keys) {
  ORC_ASSERT(!keys.empty() && keys.size() <= job_batch_max);
  const bool is_short = keys.size() <= keys_here_max;
  auto read = [owner, keys = std::move(keys),
               now = clock_.now()](ReadSession& session) -> Result<std::vector<std::optional<EarlierSubmission>>> {
    return session.jobs.earlier_submissions(owner, keys, now);
  };
  if (is_short) co_return readers_.here(std::move(read));
  co_return co_await readers_.elsewhere(std::move(read));
}

Async<JobPage> SqliteJobReader::list(JobFilter filter, Page page) {
  ORC_ASSERT(page.skip >= 0 && page.limit >= 0 && page.limit <= page_limit_max);
  return readers_.elsewhere(
      [filter = std::move(filter), page](ReadSession& session) -> Result<JobPage> { return session.job_lists.list(filter, page); });
}

Async<JobCounts> SqliteJobReader::counts(std::optional<UserId> owner) {
  return readers_.elsewhere([owner](ReadSession& session) -> Result<JobCounts> { return session.jobs.counts(owner); });
}

Async<std::vector<RunName>> SqliteJobReader::runs_of(WorkerId worker) {
  co_return readers_.here([&](ReadSession& session) -> Result<std::vector<RunName>> { return session.jobs.runs_of(worker); });
}

Async<WaitingBefore> SqliteJobReader::waiting_before(JobId id) {
  return readers_.elsewhere([id](ReadSession& session) { return session.jobs.waiting_before(id); });
}

Async<std::vector<WorkerLoad>> SqliteJobReader::worker_loads() {
  return readers_.elsewhere([](ReadSession& session) -> Result<std::vector<WorkerLoad>> { return session.jobs.worker_loads(); });
}

Async<std::vector<Attempt>> SqliteJobReader::attempts(JobId id) {
  return readers_.elsewhere([id](ReadSession& session) -> Result<std::vector<Attempt>> { return session.jobs.attempts(id); });
}

Async<std::vector<Artifact>> SqliteJobReader::artifacts(JobId id) {
  return readers_.elsewhere([id](ReadSession& session) -> Result<std::vector<Artifact>> { return session.jobs.artifacts(id); });
}

Async<LogPage> SqliteJobReader::log(JobId id, std::int64_t from, int limit) {
  ORC_ASSERT(from >= 1 && limit >= 1 && limit <= 10'000);
  return readers_.elsewhere([=](ReadSession& session) -> Result<LogPage> { return session.jobs.log(id, from, limit); });
}

Async<DeadLetterPage> SqliteJobReader::dead_letters(Page page) {
  ORC_ASSERT(page.skip >= 0 && page.limit >= 0 && page.limit <= page_limit_max);
  return readers_.elsewhere([page](ReadSession& session) -> Result<DeadLetterPage> { return session.jobs.dead_letters(page); });
}

Async<std::optional<std::chrono::milliseconds>> SqliteJobReader::oldest_wait() {
  const auto read = [now = clock_.now()](ReadSession& session) -> Result<std::optional<std::chrono::milliseconds>> {
    return session.jobs.oldest_wait(now);
  };
  return readers_.elsewhere(read);
}

}  // namespace orc::sqlite
