#pragma once

#include "application/actor.h"
#include "ports/audit_log.h"
#include "ports/job_signals.h"
#include "ports/user_store.h"

namespace orc {

// DeleteUser removes an account; its unfinished jobs are cancelled, its jobs stay without an owner.
class DeleteUser {
 public:
  DeleteUser(UserStore& users, JobSignals& signals, AuditLog& audit) : users_(users), signals_(signals), audit_(audit) {}

  // Errors: permission_denied unless an administrator; not_found; conflict for oneself and for the last administrator; unavailable.
  Async<void> run(Actor actor, UserId id);

 private:
  UserStore& users_;
  JobSignals& signals_;
  AuditLog& audit_;
};

}  // namespace orc
