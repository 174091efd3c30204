#pragma once

#include "application/actor.h"
#include "application/duties/end_orphans.h"
#include "ports/audit_log.h"
#include "ports/user_store.h"

namespace orc {

// DeleteUser removes an account; its unfinished jobs are cancelled, its jobs stay without an owner. Of very many jobs the last are
// cancelled after the answer; none of them is started any more.
class DeleteUser {
 public:
  DeleteUser(UserStore& users, EndOrphans& orphans, AuditLog& audit) : users_(users), orphans_(orphans), audit_(audit) {}

  // Errors: permission_denied unless an administrator; not_found; conflict for oneself and for the last administrator; unavailable.
  Async<void> run(Actor actor, UserId id);

 private:
  UserStore& users_;
  EndOrphans& orphans_;
  AuditLog& audit_;
};

}  // namespace orc
