#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "domain/checked.h"
#include "domain/deliberation/deliberation_accounts.h"
#include "domain/deliberation/running_job.h"

namespace orc {

// What a service has done since its database was made (contract sections 6 and 7). No figure is negative.
struct FiguresFields {
  std::int64_t total = 0;
  std::int64_t active = 0;
  std::int64_t completed = 0;
  std::int64_t failed = 0;     // cancelled ones too, which the contract has no word for
  double average_time_ms = 0;  // over completed ones; 0 if there is none
  Account used{};              // by all of them
  bool operator==(const FiguresFields&) const = default;
};
std::optional<std::string> fault_of(const FiguresFields& figures);
using ExecutionStats = Checked<FiguresFields>;

// A deliberation as a job of a Ray cluster, which is how older clients know it.
enum class RayJobStatus : std::uint8_t { pending, running, succeeded, failed, stopped };

// "PENDING", "RUNNING", "SUCCEEDED", "FAILED", "STOPPED".
std::string_view to_word(RayJobStatus status);

struct JobInfoFields {
  std::string job_id;
  std::string name;  // vllm-agent-job-{deliberation_id}
  RayJobStatus status = RayJobStatus::running;
  std::string submission_id;
  std::string role;
  std::string task_id;
  std::int64_t start_time_seconds = 0;  // Unix
  std::optional<std::int64_t> end_time_seconds;
  std::string runtime;  // duration_text()
  bool operator==(const JobInfoFields&) const = default;
};
std::optional<std::string> fault_of(const JobInfoFields& job);
using JobInfo = Checked<JobInfoFields>;

// How a deliberation that runs looks as such a job at `now`.
JobInfo job_info_of(const RunningJob& running, Timestamp now);

}  // namespace orc
