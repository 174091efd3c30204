#pragma once

#include "application/actor.h"
#include "application/job/job_access.h"
#include "ports/audit_log.h"
#include "ports/job_signals.h"
#include "ports/job_store.h"
#include "ports/plugin_store.h"

namespace orc {

// CancelJob ends a job that has not ended. A run in progress is stopped soon after.
class CancelJob {
 public:
  CancelJob(JobStore& store, JobAccess& access, JobSignals& signals, AuditLog& audit)
      : store_(store), access_(access), signals_(signals), audit_(audit) {}

  // The job afterwards. Errors: as JobAccess::get; conflict, naming the state.
  Async<Job> run(Actor actor, JobId id);

 private:
  JobStore& store_;
  JobAccess& access_;
  JobSignals& signals_;
  AuditLog& audit_;
};

// RetryJob runs an ended job again under its id. Also the way out of the dead-letter list.
class RetryJob {
 public:
  RetryJob(JobStore& store, JobAccess& access, PluginReader& plugins, JobSignals& signals, AuditLog& audit)
      : store_(store), access_(access), plugins_(plugins), signals_(signals), audit_(audit) {}

  // The job afterwards. Errors: as JobAccess::get; conflict, naming the state, or if its plugin was removed or is not active.
  Async<Job> run(Actor actor, JobId id);

 private:
  JobStore& store_;
  JobAccess& access_;
  PluginReader& plugins_;
  JobSignals& signals_;
  AuditLog& audit_;
};

// DeleteJob removes a job and all that belongs to it, and stops its run if there is one.
class DeleteJob {
 public:
  DeleteJob(JobStore& store, JobAccess& access, JobSignals& signals, AuditLog& audit)
      : store_(store), access_(access), signals_(signals), audit_(audit) {}

  // Errors: as JobAccess::get.
  Async<void> run(Actor actor, JobId id);

 private:
  JobStore& store_;
  JobAccess& access_;
  JobSignals& signals_;
  AuditLog& audit_;
};

}  // namespace orc
