#include "adapters/metrics/measured_job_store.h"

#include <algorithm>

namespace orc {

Async<std::vector<SubmittedJob>> MeasuredJobStore::submit(std::vector<NewJob> jobs) {
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
  auto status = co_await next_.finish(std::move(end));
  if (status) metrics_.attempt_ended(outcome);
  if (!status && status.error().code == ErrorCode::conflict) metrics_.stale_end_refused();
  co_return status;
}

Async<Rescue> MeasuredJobStore::rescue(WorkerId dead) {
  auto rescue = co_await next_.rescue(dead);
  const std::size_t lost = rescue ? rescue->requeued.size() + rescue->failed.size() : 0;
  for (std::size_t i = 0; i < lost; ++i) metrics_.attempt_ended(AttemptOutcome::worker_lost);
  co_return rescue;
}

}  // namespace orc
