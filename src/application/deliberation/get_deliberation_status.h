#pragma once

#include "ports/deliberation_store.h"

namespace orc {

// GetDeliberationStatus tells how a deliberation stands that nobody owns, as it came over gRPC. One that an account owns is not_found: who
// calls over gRPC is nobody's account (attacks.md, G11).
class GetDeliberationStatus {
 public:
  explicit GetDeliberationStatus(DeliberationStore& store) : store_(store) {}

  // Errors: not_found, "Deliberation {id} not found"; unavailable.
  Async<Deliberation> run(std::string id);

 private:
  DeliberationStore& store_;
};

}  // namespace orc
