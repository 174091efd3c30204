#include "adapters/sqlite/sqlite_job_reader.h"

#include "domain/assert.h"

namespace orc::sqlite {

Async<Job> SqliteJobReader::get(JobId id) {
  co_return readers_.here([&](ReadSession& session) { return session.jobs.get(id); });
}

Async<JobPage> SqliteJobReader::list(JobFilter filter, Page page) {
  ORC_ASSERT(page.skip >= 0 && page.limit >= 0 && page.limit <= page_limit_max);
  return readers_.elsewhere(
      [filter = std::move(filter), page](ReadSession& session) -> Result<JobPage> { return session.job_lists.list(filter, page); });
}

Async<JobCounts> SqliteJobReader::counts(std::optional<UserId> owner) {
  return readers_.elsewhere([owner](ReadSession& session) -> Result<JobCounts> { return session.jobs.counts(owner); });
}

Async<std::vector<Attempt>> SqliteJobReader::attempts(JobId id) {
  return readers_.elsewhere([id](ReadSession& session) -> Result<std::vector<Attempt>> { return session.jobs.attempts(id); });
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
