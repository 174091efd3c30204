#pragma once

#include "application/duties/duty.h"
#include "ports/event_log.h"
#include "ports/job_signals.h"
#include "ports/job_store.h"

namespace orc {

// EndOverdue ends the jobs that nobody has run within their plugin's limits.queue_seconds, also where no worker asks for work: those that a
// worker wins too late are ended by WorkDesk.
class EndOverdue final : public Duty {
 public:
  static constexpr int batch_jobs = 200;        // one transaction of a few milliseconds
  static constexpr int batches_per_round = 50;  // bounds a round; the rest ends a second later

  EndOverdue(JobStore& jobs, JobSignals& signals, EventLog& log) : jobs_(jobs), signals_(signals), log_(log) {}

  std::string_view name() const override { return "end_overdue"; }
  std::chrono::milliseconds interval() const override { return std::chrono::seconds{1}; }
  Async<void> run_once() override;

 private:
  JobStore& jobs_;
  JobSignals& signals_;
  EventLog& log_;
};

}  // namespace orc
