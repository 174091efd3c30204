#pragma once

#include <optional>
#include <string>

#include "application/duties/duty.h"
#include "application/duties/worker_beats.h"
#include "application/job/worker_registration.h"
#include "ports/clock.h"
#include "ports/event_log.h"
#include "ports/job_signals.h"
#include "ports/job_store.h"
#include "ports/worker_store.h"

namespace orc {

inline constexpr std::chrono::seconds worker_lease{10};  // design.md, State

// RescueLostWorkers gives the jobs of dead workers back. It judges by its own steady clock since it last saw a worker's beat change, never
// by comparing wall clocks, so no clock jump anywhere can end a lease. Time in which it could not look does not count: when a database
// comes back after a minute, its workers have not had the chance to beat either.
class RescueLostWorkers final : public Duty {
 public:
  RescueLostWorkers(WorkerStore& workers, JobStore& jobs, JobSignals& signals, Clock& clock, EventLog& log)
      : workers_(workers), jobs_(jobs), signals_(signals), clock_(clock), log_(log) {}

  std::string_view name() const override { return "rescue_lost_workers"; }
  std::chrono::milliseconds interval() const override { return std::chrono::seconds{1}; }
  Async<void> run_once() override;

  // This process lives, whatever keeps its beat from the store - a full disk, for one. `own` must outlive the duty.
  void spare(const WorkerRegistration& own) { own_ = &own; }

  // What it has seen so far.
  const WorkerBeats& beats() const { return beats_; }

  // For the start of a process: every worker that was part of a predecessor is dead, since the predecessor's lock on the data directory is
  // gone. `instance` names that directory, where owners of others work on the same store; nothing: nobody else does. Workers elsewhere go
  // on; their beats tell.
  Async<void> take_over(std::optional<std::string> instance);

 private:
  void leave_out_blind_time(SteadyTime now);
  Async<void> rescue_all(const std::vector<Worker>& dead, WorkerEnd end);
  Async<void> rescue(const Worker& worker, WorkerEnd end);

  WorkerStore& workers_;
  JobStore& jobs_;
  JobSignals& signals_;
  Clock& clock_;
  EventLog& log_;
  WorkerBeats beats_;
  std::optional<SteadyTime> looked_at_;
  bool tells_again_ = false;
  bool has_requeued_ = false;  // since the last hint
  const WorkerRegistration* own_ = nullptr;
};

}  // namespace orc
