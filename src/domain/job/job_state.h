#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace orc {

enum class JobStatus : std::uint8_t { queued, processing, completed, failed, cancelled };

inline constexpr std::array job_statuses = {JobStatus::queued, JobStatus::processing, JobStatus::completed, JobStatus::failed,
                                            JobStatus::cancelled};

// What may happen to a job. The words are those of docs/job_states.md.
enum class JobTrigger : std::uint8_t {
  claimed,          // a worker won it
  succeeded,        // the plugin answered, and the answer fits its schema
  failed_for_now,   // an attempt failed and another one is due later
  failed_for_good,  // no attempt is left, or none would help
  given_back,       // its worker stops in good order; costs no attempt
  worker_lost,      // its worker's beat stopped; costs no attempt
  cancel_asked,
  not_started,      // what it runs in could not be made; costs no attempt
  plugin_removed,   // what it needs is gone
  waited_too_long,  // it was due for longer than its plugin's queue_seconds, and nobody ran it
  retry_asked,      // a person wants it run again
};

inline constexpr std::array job_triggers = {JobTrigger::claimed,         JobTrigger::succeeded,    JobTrigger::failed_for_now,
                                            JobTrigger::failed_for_good, JobTrigger::given_back,   JobTrigger::worker_lost,
                                            JobTrigger::not_started,     JobTrigger::cancel_asked, JobTrigger::plugin_removed,
                                            JobTrigger::waited_too_long, JobTrigger::retry_asked};

// The only place that knows the life of a job. Empty: the trigger means nothing in this state, and changes nothing.
constexpr std::optional<JobStatus> next_status(JobStatus from, JobTrigger trigger) {
  using enum JobStatus;
  using enum JobTrigger;
  switch (from) {
    case queued:
      if (trigger == claimed) return processing;
      if (trigger == cancel_asked) return cancelled;
      if (trigger == plugin_removed || trigger == waited_too_long) return failed;
      return {};
    case processing:
      if (trigger == succeeded) return completed;
      if (trigger == failed_for_now || trigger == given_back || trigger == worker_lost || trigger == not_started) return queued;
      if (trigger == failed_for_good || trigger == plugin_removed) return failed;
      if (trigger == cancel_asked) return cancelled;
      return {};
    case completed:
    case failed:
    case cancelled:
      if (trigger == retry_asked) return queued;
      return {};
  }
  return {};
}

// A terminal job has ended; only a person's wish brings it back.
constexpr bool is_terminal(JobStatus status) {
  return status == JobStatus::completed || status == JobStatus::failed || status == JobStatus::cancelled;
}

// The word of the contract (section 1) for a status, and back. Empty: no such status.
std::string_view to_word(JobStatus status);
std::optional<JobStatus> job_status_from_word(std::string_view word);

// The word of docs/job_states.md.
std::string_view to_word(JobTrigger trigger);

}  // namespace orc
