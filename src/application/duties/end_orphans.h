#pragma once

#include "application/duties/duty.h"
#include "ports/event_log.h"
#include "ports/job_signals.h"
#include "ports/job_store.h"

namespace orc {

// EndOrphans ends the unfinished jobs that removed users and plugins have left, in small batches between which submissions get their turn.
// Whoever removes one runs a round at once; as a duty it goes on with what is left, also after a restart.
class EndOrphans final : public Duty {
 public:
  static constexpr int batch_jobs = 200;         // one transaction of a few milliseconds
  static constexpr int batches_per_round = 500;  // bounds how long a request waits that removes a user or a plugin

  EndOrphans(JobStore& jobs, JobSignals& signals, EventLog& log) : jobs_(jobs), signals_(signals), log_(log) {}

  std::string_view name() const override { return "end_orphans"; }
  std::chrono::milliseconds interval() const override { return std::chrono::seconds{1}; }
  Async<void> run_once() override;

  // A round after a removal that is durable already: what fails now is logged, and left to the next round of the duty.
  boost::asio::awaitable<void> after_removal();

 private:
  JobStore& jobs_;
  JobSignals& signals_;
  EventLog& log_;
};

}  // namespace orc
