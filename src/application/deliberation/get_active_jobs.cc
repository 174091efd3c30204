#include "application/deliberation/get_active_jobs.h"

#include <algorithm>

namespace orc {
namespace {

std::size_t bytes_of(const JobInfo& job) {
  return GetActiveJobs::entry_bytes_max + job->job_id.size() + job->name.size() + job->submission_id.size() + job->role.size() +
         job->task_id.size() + job->runtime.size();
}

}  // namespace

Async<ActiveJobs> GetActiveJobs::run(std::size_t bytes_max) {
  ActiveJobs active;
  const Timestamp now = clock_.now();
  std::size_t bytes = 0;
  std::string last;
  for (bool is_more = true; is_more;) {
    auto running = co_await store_.running_jobs(last, page);
    if (!running) co_return pass_on(running);
    is_more = running->size() == page;
    for (const RunningJob& one : *running) {
      last = one.id;
      JobInfo job = job_info_of(one, now);
      bytes += bytes_of(job);
      if (bytes > bytes_max) {
        is_more = false;
        break;
      }
      active.jobs.push_back(std::move(job));
    }
  }
  const auto counts = co_await store_.counts();
  if (!counts) co_return std::unexpected(counts.error());
  active.total = std::max<std::int64_t>(counts->running, std::ssize(active.jobs));
  co_return active;
}

}  // namespace orc
