#pragma once

#include "domain/user/user.h"
#include "ports/deliberation_signals.h"
#include "ports/deliberation_store.h"

namespace orc {

// CancelDeliberation ends a deliberation before it is through: its calls are hung up on.
class CancelDeliberation {
 public:
  CancelDeliberation(DeliberationStore& store, DeliberationSignals& signals) : store_(store), signals_(signals) {}

  // Errors: not_found; permission_denied, if it is not `who`'s, and he no administrator; conflict, if it has ended; unavailable.
  Async<Deliberation> run(Principal who, std::string id);

 private:
  DeliberationStore& store_;
  DeliberationSignals& signals_;
};

}  // namespace orc
