#include "application/job/await_job.h"

#include <algorithm>

namespace orc {
namespace {

// A lost hint costs at most this much.
constexpr std::chrono::seconds look_again_after{1};

}  // namespace

Async<Job> AwaitJob::run(Principal who, JobId id, std::chrono::seconds patience) {
  const SteadyTime deadline = clock_.steady_now() + std::min(patience, await_job_max);
  for (;;) {
    auto job = co_await access_.without_payloads(who, id);
    if (!job) co_return job;
    const SteadyTime now = clock_.steady_now();
    if (is_terminal(job->status) || now >= deadline || stopping_) co_return co_await access_.get(who, id);
    co_await signals_.wait_for_end(id, std::min<SteadyTime>(deadline, now + look_again_after));
  }
}

}  // namespace orc
