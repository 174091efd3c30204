#include "application/duties/end_orphans.h"

namespace orc {

Async<void> EndOrphans::run_once() {
  for (int batch = 0; batch < batches_per_round; ++batch) {
    auto ended = co_await jobs_.end_orphans(batch_jobs);
    if (!ended) co_return pass_on(ended);
    for (const JobId job : ended->jobs) signals_.job_ended(job);
    if (std::ssize(ended->jobs) < batch_jobs) break;
    signals_.work_arrived();  // a claim may have met nothing but orphans
  }
  co_return Result<void>{};
}

boost::asio::awaitable<void> EndOrphans::after_removal() {
  if (const auto done = co_await run_once(); !done) log_.warn("jobs of what was removed end later", {{"reason", done.error().message}});
}

}  // namespace orc
