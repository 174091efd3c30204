#include "adapters/metrics/measured_job_store.h"

#include <algorithm>

namespace orc {

boost::asio::awaitable<SubmitOutcome> MeasuredJobStore::submit(std::vector<NewJob> jobs) {
  auto submitted = co_await next_.submit(std::move(jobs));
  if (submitted) metrics_.jobs_submitted(static_cast<std::size_t>(std::ranges::count(*submitted, false, &SubmittedJob::is_repeat)));
  co_return submitted;
}

Async<Claim> MeasuredJobStore::claim(WorkerId worker, int count) {
  auto claim = co_await next_.claim(worker, count);
  if (claim) metrics_.jobs_claimed(claim->jobs.size());
  co_return claim;
}

Async<JobStatus> MeasuredJobStore::finish(AttemptEnd end) {
  const AttemptOutcome outcome = end.outcome;
  const Usage usage = end.usage;
  auto status = co_await next_.finish(std::move(end));
  const bool is_refused = !status && status.error().code == ErrorCode::conflict;
  // The end of a cancelled run was counted when it was cancelled; what it used is told only now.
  const bool was_cancelled = is_refused && outcome == AttemptOutcome::cancelled;
  if (status) metrics_.attempt_ended(outcome);
  if (status || was_cancelled) metrics_.attempt_took(usage);
  if (is_refused && !was_cancelled) metrics_.stale_end_refused();
  co_return status;
}

// The attempt ends here: of the end that its worker reports later only the usage counts.
Async<JobStatus> MeasuredJobStore::cancel(JobId id) {
  auto before = co_await next_.cancel(id);
  if (before && *before == JobStatus::processing) metrics_.attempt_ended(AttemptOutcome::cancelled);
  co_return before;
}

Async<Rescue> MeasuredJobStore::rescue(WorkerId dead, WorkerEnd end) {
  auto rescue = co_await next_.rescue(dead, end);
  const std::size_t lost = rescue ? rescue->requeued.size() + rescue->failed.size() : 0;
  for (std::size_t i = 0; i < lost; ++i) metrics_.attempt_ended(AttemptOutcome::worker_lost);
  co_return rescue;
}

Async<EndedOrphans> MeasuredJobStore::end_orphans(int count) {
  auto ended = co_await next_.end_orphans(count);
  for (int i = 0; ended && i < ended->attempts_cancelled; ++i) metrics_.attempt_ended(AttemptOutcome::cancelled);
  co_return ended;
}

}  // namespace orc
