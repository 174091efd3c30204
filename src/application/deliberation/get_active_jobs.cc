#include "application/deliberation/get_active_jobs.h"

namespace orc {

Async<std::vector<JobInfo>> GetActiveJobs::run() {
  auto running = co_await store_.running({}, listed_max);
  if (!running) co_return pass_on(running);
  const Timestamp now = clock_.now();
  std::vector<JobInfo> jobs;
  for (const Deliberation& one : *running) jobs.push_back(job_info_of(one, now));
  co_return jobs;
}

}  // namespace orc
