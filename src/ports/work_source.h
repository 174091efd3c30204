#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "domain/job/run_name.h"
#include "domain/job/run_report.h"
#include "domain/payload.h"
#include "domain/plugin/plugin.h"
#include "ports/async.h"
#include "ports/cluster.h"
#include "ports/worker_store.h"

namespace orc {

inline constexpr std::chrono::seconds worker_beat{3};  // design.md, State: lease 10 s, beat 3 s

// A run that a worker was given, with everything that it needs to know about it.
struct Assignment {
  RunName run;
  int attempt = 1;              // counted ones, this one included
  std::optional<UserId> owner;  // of the job
  PluginVersion version;
  Payload input;  // a JSON object
  std::chrono::seconds timeout{60};
  std::uint64_t service = 1;  // tells the jobs of this service from another's; the same for all its workers
};

// WorkSource is where a worker gets its runs and hands in how they ended: the worker protocol (docs/worker_protocol.md), whether the
// worker is part of the process that owns the store or talks to it over HTTP. What an outcome means for its job - schema, retries, dead
// letters - is decided behind it. All methods on one thread.
// Every method but watch(): unavailable, if it cannot be reached or its store cannot be written just now; the caller tries again.
class WorkSource {
 public:
  virtual ~WorkSource() = default;

  virtual Async<WorkerId> sign_on(NewWorker worker) = 0;

  // Shows that the worker lives; due every `worker_beat`. `held` is everything that it has been given and that has not ended. A run that
  // is not its own any more is stopped (see watch()); one that was given but never arrived goes back to the queue.
  // Errors: not_found, if the worker was taken for dead: its jobs are somebody else's now.
  virtual Async<void> beat(WorkerId worker, std::vector<RunName> held) = 0;

  // The worker is gone, and wins nothing any more, wherever a claim of its still waits. What it held goes back to the queue, at no cost of
  // an attempt.
  virtual Async<void> sign_off(WorkerId worker) = 0;

  // Up to `count` (1..1000) runs. Waits for the first one up to `until`, or until `stop` asks for the end; then the list is empty.
  // Errors: not_found, as beat().
  virtual Async<std::vector<Assignment>> claim(WorkerId worker, int count, SteadyTime until, std::stop_token stop) = 0;

  // Ends the watch when destroyed.
  class Watch {
   public:
    virtual ~Watch() = default;
  };

  // Calls `on_stop`, at most once, when nobody wants this run any more: its job was cancelled, deleted or given to another worker. Also if
  // that happened between the claim and now. `on_stop` must be short.
  [[nodiscard]] virtual std::unique_ptr<Watch> watch(RunName run, std::function<void()> on_stop) = 0;

  // What the run says while it goes on, as JobStore::report(). One at a time for each run.
  // Errors: conflict, not_found or invalid_argument: nothing more is taken of this run before its end. An older server answers so to all.
  virtual Async<void> report(WorkerId worker, RunName run, RunReport report) = 0;

  // How the run ended; `outcome.log` may leave out what was reported. Gives the job's status afterwards. A repeat after a lost answer finds
  // a conflict, or the job as it is. Errors: conflict or not_found, if the run was not the worker's any more: its result is dropped.
  virtual Async<JobStatus> finish(WorkerId worker, RunName run, PluginOutcome outcome) = 0;
};

}  // namespace orc
