#pragma once

#include <chrono>

#include "application/job/job_access.h"
#include "ports/clock.h"
#include "ports/job_signals.h"

namespace orc {

inline constexpr std::chrono::seconds await_job_max{300};  // contract section 11

// AwaitJob waits until a job has ended.
class AwaitJob {
 public:
  AwaitJob(JobAccess& access, JobSignals& signals, Clock& clock) : access_(access), signals_(signals), clock_(clock) {}

  // The job as it stands when it has ended or `patience` (up to await_job_max) is over: look at its status.
  // Errors: as JobAccess::get.
  Async<Job> run(Principal who, JobId id, std::chrono::seconds patience);

  // From now on nobody's patience lasts longer than a second, so that the process can end.
  void request_stop() { stopping_ = true; }

 private:
  JobAccess& access_;
  JobSignals& signals_;
  Clock& clock_;
  bool stopping_ = false;
};

}  // namespace orc
