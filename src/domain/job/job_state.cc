#include "domain/job/job_state.h"

namespace orc {

std::string_view to_word(JobStatus status) {
  switch (status) {
    case JobStatus::queued:
      return "queued";
    case JobStatus::processing:
      return "processing";
    case JobStatus::completed:
      return "completed";
    case JobStatus::failed:
      return "failed";
    case JobStatus::cancelled:
      return "cancelled";
  }
  return {};
}

std::optional<JobStatus> job_status_from_word(std::string_view word) {
  for (const JobStatus status : job_statuses)
    if (to_word(status) == word) return status;
  return {};
}

std::string_view to_word(JobTrigger trigger) {
  switch (trigger) {
    case JobTrigger::claimed:
      return "claimed";
    case JobTrigger::succeeded:
      return "succeeded";
    case JobTrigger::failed_for_now:
      return "failed_for_now";
    case JobTrigger::failed_for_good:
      return "failed_for_good";
    case JobTrigger::given_back:
      return "given_back";
    case JobTrigger::worker_lost:
      return "worker_lost";
    case JobTrigger::not_started:
      return "not_started";
    case JobTrigger::cancel_asked:
      return "cancel_asked";
    case JobTrigger::plugin_removed:
      return "plugin_removed";
    case JobTrigger::waited_too_long:
      return "waited_too_long";
    case JobTrigger::retry_asked:
      return "retry_asked";
  }
  return {};
}

}  // namespace orc
