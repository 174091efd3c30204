#pragma once

#include <map>
#include <string>
#include <vector>

#include "application/duties/duty.h"
#include "application/duties/worker_beats.h"
#include "domain/placement/host_promises.h"
#include "ports/clock.h"
#include "ports/event_log.h"
#include "ports/worker_store.h"

namespace orc {

// A worker that was silent for longer is not counted: a beat is due every three seconds, and one that was killed and started again would
// seem to be there twice.
inline constexpr std::chrono::seconds beat_overdue_after{5};

// What the workers that live promise, host by host.
HostPromises promises_of(const std::vector<Worker>& workers, const WorkerBeats& beats, SteadyTime now);

// WatchHosts says in the log that workers of one host promise more memory than it has: once, when it has been so for two rounds, and again
// only after it changed.
class WatchHosts final : public Duty {
 public:
  // `beats` are kept by somebody else, who looks more often.
  WatchHosts(WorkerStore& workers, const WorkerBeats& beats, Clock& clock, EventLog& log)
      : workers_(workers), beats_(beats), clock_(clock), log_(log) {}

  std::string_view name() const override { return "watch_hosts"; }
  // Between two rounds a worker that was killed before the first is overdue.
  std::chrono::milliseconds interval() const override { return beat_overdue_after; }
  Async<void> run_once() override;

 private:
  using Hosts = std::map<std::string, Overcommitment>;

  WorkerStore& workers_;
  const WorkerBeats& beats_;
  Clock& clock_;
  EventLog& log_;
  Hosts seen_;  // in the last round
  Hosts told_;  // and still so
};

}  // namespace orc
