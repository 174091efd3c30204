#include "domain/deliberation/execution_figures.h"

#include <algorithm>
#include <utility>

#include "domain/assert.h"

namespace orc {
namespace {

std::int64_t unix_seconds(Timestamp time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); }

}  // namespace

std::optional<std::string> fault_of(const FiguresFields& figures) {
  const std::pair<const char*, std::int64_t> counts[] = {{"total_deliberations", figures.total},
                                                         {"active_deliberations", figures.active},
                                                         {"completed_deliberations", figures.completed},
                                                         {"failed_deliberations", figures.failed},
                                                         {"calls", figures.used.spent.calls},
                                                         {"failed_calls", figures.used.failed},
                                                         {"tokens_in", figures.used.spent.usage.in},
                                                         {"tokens_out", figures.used.spent.usage.out},
                                                         {"tokens_cached", figures.used.spent.usage.cached},
                                                         {"money", figures.used.spent.cost_micros}};
  for (const auto& [name, count] : counts)
    if (count < 0) return std::string(name) + " must not be negative, but is " + std::to_string(count);
  if (!(figures.average_time_ms >= 0))
    return "average_execution_time_ms must not be negative, but is " + std::to_string(figures.average_time_ms);
  return {};
}

std::string_view to_word(RayJobStatus status) {
  switch (status) {
    case RayJobStatus::pending:
      return "PENDING";
    case RayJobStatus::running:
      return "RUNNING";
    case RayJobStatus::succeeded:
      return "SUCCEEDED";
    case RayJobStatus::failed:
      return "FAILED";
    case RayJobStatus::stopped:
      return "STOPPED";
  }
  return {};
}

std::optional<std::string> fault_of(const JobInfoFields& job) {
  if (job.job_id.empty()) return "job_id must not be empty";
  if (job.submission_id.empty()) return "submission_id must not be empty";
  if (job.start_time_seconds < 0) return "start_time_seconds must not be negative, but is " + std::to_string(job.start_time_seconds);
  return {};
}

JobInfo job_info_of(const RunningJob& running, Timestamp now) {
  auto job = JobInfo::create({.job_id = running.id,
                              .name = "vllm-agent-job-" + running.id,
                              .status = running.has_begun ? RayJobStatus::running : RayJobStatus::pending,
                              .submission_id = running.id,
                              .role = running.role,
                              .task_id = running.task_id,
                              .start_time_seconds = std::max<std::int64_t>(0, unix_seconds(running.created_at)),
                              .end_time_seconds = {},
                              .runtime = duration_text(std::max(now, running.created_at) - running.created_at)});
  ORC_ASSERT(job.has_value());
  return std::move(*job);
}

}  // namespace orc
