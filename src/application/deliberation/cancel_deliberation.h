#pragma once

#include "application/actor.h"
#include "application/deliberation/deliberation_access.h"
#include "ports/audit_log.h"
#include "ports/deliberation_signals.h"

namespace orc {

// CancelDeliberation ends a deliberation before it is through: its calls are hung up on, and recorded. Whoever runs it in this process does
// that and ends it; else it is ended in the store, and who runs it elsewhere finds out.
class CancelDeliberation {
 public:
  CancelDeliberation(DeliberationStore& store, DeliberationAccess& access, DeliberationSignals& signals, AuditLog& audit)
      : store_(store), access_(access), signals_(signals), audit_(audit) {}

  // Another's goes into the audit log. Errors: those of DeliberationAccess::mark(); conflict, if it has ended.
  Async<Deliberation> run(Actor actor, std::string id);

 private:
  DeliberationStore& store_;
  DeliberationAccess& access_;
  DeliberationSignals& signals_;
  AuditLog& audit_;
};

}  // namespace orc
