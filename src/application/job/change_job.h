#pragma once

#include "application/actor.h"
#include "application/job/job_access.h"
#include "ports/audit_log.h"
#include "ports/job_signals.h"
#include "ports/job_store.h"
#include "ports/plugin_store.h"

namespace orc {

// A change has no key by which a repeat could be told from a second one. So each error says how far it came: unavailable with a sentence of
// the store means that nothing has changed, unless it says that nobody knows; and where the change took place and something behind it
// failed, the sentence begins with that.

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
