#include "application/job/job_access.h"

namespace orc {

Async<Job> JobAccess::without_payloads(const Principal& who, JobId id) {
  auto job = co_await reader_.get(id);
  if (!job && job.error().code == ErrorCode::not_found) co_return fail(ErrorCode::not_found, "Job not found");
  if (!job) co_return pass_on(job);
  if (job->owner != who.user && !who.is_admin()) co_return fail(ErrorCode::permission_denied, "Not authorized to access this job");
  co_return job;
}

Async<Job> JobAccess::get(const Principal& who, JobId id) {
  auto job = co_await without_payloads(who, id);
  if (!job) co_return job;
  if (auto resolved = co_await payloads_.resolve(*job); !resolved) co_return pass_on(resolved);
  co_return job;
}

Async<JobPage> JobAccess::list(const Principal& who, JobFilter filter, Page page) {
  if (filter.owner != who.user && !who.is_admin()) co_return fail(ErrorCode::permission_denied, "Insufficient permissions");
  auto jobs = co_await reader_.list(std::move(filter), page);
  if (!jobs) co_return jobs;
  std::size_t bytes = 0;
  for (Job& job : jobs->items) {
    if (auto resolved = co_await payloads_.resolve(job); !resolved) co_return pass_on(resolved);
    bytes += job.input.text.size() + (job.result ? job.result->text.size() : 0);
    if (bytes > page_payload_bytes_max)
      co_return fail(ErrorCode::invalid_argument, "this page would hold more than 64 MiB of inputs and results: ask for a smaller limit");
  }
  co_return jobs;
}

}  // namespace orc
