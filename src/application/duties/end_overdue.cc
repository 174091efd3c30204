#include "application/duties/end_overdue.h"

namespace orc {

Async<void> EndOverdue::run_once() {
  std::int64_t jobs = 0;
  for (int batch = 0; batch < batches_per_round; ++batch) {
    const auto ended = co_await jobs_.end_overdue(batch_jobs);
    if (!ended) co_return std::unexpected(ended.error());
    for (const JobId id : *ended) signals_.job_ended(id);
    jobs += std::ssize(*ended);
    if (std::ssize(*ended) < batch_jobs) break;
  }
  if (jobs > 0) log_.warn("jobs waited too long", {{"jobs", jobs}});
  co_return Result<void>{};
}

}  // namespace orc
