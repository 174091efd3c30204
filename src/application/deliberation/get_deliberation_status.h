#pragma once

#include "application/deliberation/deliberation_access.h"

namespace orc {

// GetDeliberationStatus tells how a deliberation stands that nobody owns, as it came over gRPC. One that an account owns is not_found: who
// calls over gRPC is nobody's account (attacks.md, G11).
class GetDeliberationStatus {
 public:
  explicit GetDeliberationStatus(DeliberationStore& store) : store_(store) {}

  // Before any text is read room for all of them is taken. Errors: not_found, "Deliberation {id} not found"; unavailable, also without
  // room.
  Async<Deliberation> run(std::string id, TakeRoom take_room);

 private:
  DeliberationStore& store_;
};

}  // namespace orc
