#include "adapters/postgres/postgres_job_store.h"

#include <algorithm>
#include <numeric>

#include "adapters/postgres/abandoned_jobs.h"
#include "adapters/postgres/job_removal.h"
#include "adapters/postgres/orphans.h"
#include "domain/assert.h"

namespace orc::postgres {
namespace {

// A retention batch of ten thousand jobs takes longer than a person waits.
constexpr std::chrono::milliseconds upkeep_answer_max{10'000};

WriterLimits patient(WriterLimits limits) {
  limits.answer_max = upkeep_answer_max;
  return limits;
}

Destination within(const Destination& destination, const WriterLimits& limits) {
  return {.url = destination.url, .statement_max = limits.answer_max - statement_margin};
}

}  // namespace

Writers::Writers(const Destination& destination, const NamedSql& catalog, Clock& clock, WriterLimits limits, const CommitObserver& observer,
                 const FaultObserver& on_fault, const LateRefusals& late_refusals)
    : submissions(within(destination, limits), catalog, clock, limits, observer, on_fault, late_refusals),
      runs(within(destination, limits), catalog, clock, limits, observer, on_fault, late_refusals),
      changes(within(destination, limits), catalog, clock, limits, observer, on_fault, late_refusals),
      upkeep(within(destination, patient(limits)), catalog, clock, patient(limits), observer, on_fault, late_refusals) {}

boost::asio::awaitable<SubmitOutcome> PostgresJobStore::submit(std::vector<NewJob> jobs) {
  const std::size_t rows = jobs.size();
  ORC_ASSERT(rows >= 1 && rows <= job_batch_max);
  const bool carries_key = std::ranges::any_of(jobs, [](const NewJob& job) { return job.batch.has_value(); });
  return writers_.submissions.run_with<SubmitOutcome>(carries_key ? batch_submissions_ : submissions_, std::move(jobs), rows);
}

Async<Claim> PostgresJobStore::claim(WorkerId worker, int count) {
  ORC_ASSERT(count >= 1 && count <= 1000);
  return writers_.runs.run_with<Result<Claim>>(claims_, ClaimRequest{.worker = worker, .count = count}, static_cast<std::size_t>(count));
}

Async<void> PostgresJobStore::report(WorkerId worker, RunName run, RunReport report) {
  auto chunks = co_await compress(report.log);
  if (!chunks) co_return pass_on(chunks);
  JobChange change{.id = run.job, .apply = {}};
  change.apply = [&](JobChanges& changes, Timestamp now) { return postgres::report(changes, worker, run, report, *chunks, now); };
  auto answer = co_await writers_.runs.run_with<Result<JobStatus>>(changes_, std::move(change), 1 + chunks->size());
  if (!answer) co_return pass_on(answer);
  co_return Result<void>{};
}

Async<JobStatus> PostgresJobStore::finish(AttemptEnd end) {
  auto chunks = co_await compress(end.log);
  if (!chunks) co_return pass_on(chunks);
  JobChange change{.id = end.id, .apply = {}};
  change.apply = [&end, &chunks](JobChanges& changes, Timestamp now) { return postgres::finish(changes, end, *chunks, now); };
  co_return co_await writers_.runs.run_with<Result<JobStatus>>(changes_, std::move(change), 1 + chunks->size());
}

Async<std::vector<LogChunk>> PostgresJobStore::compress(const std::vector<LogLine>& log) {
  const auto bytes =
      std::accumulate(log.begin(), log.end(), std::size_t{0}, [](std::size_t sum, const LogLine& line) { return sum + line.text.size(); });
  const auto work = [&log]() -> Result<std::vector<LogChunk>> { return to_chunks(log); };
  if (bytes <= compressed_here_max) co_return work();
  co_return co_await readers_.offload(work);
}

Async<JobStatus> PostgresJobStore::cancel(JobId id) {
  JobChange change{.id = id, .apply = [id](JobChanges& changes, Timestamp now) { return postgres::cancel(changes, id, now); }};
  return writers_.runs.run_with<Result<JobStatus>>(changes_, std::move(change), 1);
}

Async<void> PostgresJobStore::retry(JobId id) {
  JobChange change{.id = id, .apply = {}};
  change.apply = [id](JobChanges& changes, Timestamp now) -> Result<JobStatus> {
    auto done = postgres::retry(changes, id, now);
    if (!done) return pass_on(done);
    return JobStatus::queued;
  };
  auto answer = co_await writers_.runs.run_with<Result<JobStatus>>(changes_, std::move(change), 1);
  if (!answer) co_return pass_on(answer);
  co_return Result<void>{};
}

Async<void> PostgresJobStore::erase(JobId id) {
  return writers_.changes.run([id](Transaction& transaction, Timestamp) -> Result<void> {
    if (remove_jobs(transaction, {id}) == 0) return fail(ErrorCode::not_found, "Job not found");
    return {};
  });
}

// A claim of a worker that is not dead after all may come in between; who rescues looks again before it removes the worker.
Async<Rescue> PostgresJobStore::rescue(WorkerId dead, WorkerEnd end) {
  return writers_.changes.run([dead, end](Transaction& transaction, Timestamp now) -> Result<Rescue> {
    std::vector<JobId> ids;
    for (const Row row : transaction.ask("jobs_of_worker", dead, rescue_batch_max)) ids.push_back(row.as<JobId>(0));
    Rescue rescue;
    if (ids.empty()) return rescue;
    JobChanges changes;
    changes.load(transaction, ids);
    for (const JobId id : ids)
      if (const StoredJob* job = changes.find(id); job && job->course.worker == dead) lose_worker(changes, id, end, rescue, now);
    changes.write(transaction);
    return rescue;
  });
}

Async<std::vector<JobId>> PostgresJobStore::end_overdue(int count) {
  ORC_ASSERT(count >= 1 && count <= 1000);
  return writers_.upkeep.run([count](Transaction& transaction, Timestamp now) -> Result<std::vector<JobId>> {
    return postgres::end_overdue(transaction, count, now);
  });
}

Async<EndedOrphans> PostgresJobStore::end_orphans(int count) {
  ORC_ASSERT(count >= 1 && count <= 1000);
  return writers_.upkeep.run([count](Transaction& transaction, Timestamp now) -> Result<EndedOrphans> {
    take_back_abandoned(transaction, now);
    return postgres::end_orphans(transaction, count, now);
  });
}

}  // namespace orc::postgres
