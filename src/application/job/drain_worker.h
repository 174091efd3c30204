#pragma once

#include "application/actor.h"
#include "ports/audit_log.h"
#include "ports/job_signals.h"
#include "ports/worker_store.h"

namespace orc {

// DrainWorker lets a worker run dry, or gives it runs again: it is given nothing more, and what it runs goes on to its end.
class DrainWorker {
 public:
  DrainWorker(WorkerStore& workers, JobSignals& signals, AuditLog& audit) : workers_(workers), signals_(signals), audit_(audit) {}

  // Errors: not_found.
  Async<void> run(Actor actor, WorkerId worker, WorkerIntake intake);

 private:
  WorkerStore& workers_;
  JobSignals& signals_;
  AuditLog& audit_;
};

}  // namespace orc
