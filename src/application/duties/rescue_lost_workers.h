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
#include "ports/readiness.h"
#include "ports/worker_store.h"

namespace orc {

inline constexpr std::chrono::seconds worker_lease{10};  // design.md, State

// RescueLostWorkers gives the jobs of dead workers back. It judges by its own steady clock since it last saw a worker's beat change, never
// by comparing wall clocks, so no clock jump anywhere can end a lease. Time in which it could not look does not count: when a database
// comes back after a minute, its workers have not had the chance to beat either. Nor does silence while the store takes no changes - a
// full disk, a server that only reads - though it can be looked at: while anybody is silent for long enough to be suspected, it is tried
// whether a beat could be stored.
class RescueLostWorkers final : public Duty {
 public:
  struct Ports {
    WorkerStore& workers;
    JobStore& jobs;
    ReadinessProbe& writes;  // whether the store of both takes changes
    JobSignals& signals;
    Clock& clock;
    EventLog& log;
  };

  // Whoever is silent for so long should have beaten once, and has time left to beat once more before the end of the lease.
  static constexpr std::chrono::seconds suspicion = worker_lease - 2 * worker_beat;

  explicit RescueLostWorkers(Ports ports) : ports_(ports) {}

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
  bool is_silent(const Worker& worker, SteadyTime::duration least, SteadyTime now) const;
  Async<void> rescue_all(const std::vector<Worker>& dead, WorkerEnd end);
  Async<void> rescue(const Worker& worker, WorkerEnd end);

  const Ports ports_;
  WorkerBeats beats_;
  std::optional<SteadyTime> looked_at_;
  bool tells_again_ = false;
  bool has_requeued_ = false;  // since the last hint
  const WorkerRegistration* own_ = nullptr;
};

}  // namespace orc
