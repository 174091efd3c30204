#pragma once

#include <string>
#include <vector>

#include "domain/user/user.h"
#include "ports/deliberation_store.h"

namespace orc {

// A deliberation with the record of its calls.
struct RecordedDeliberation {
  Deliberation deliberation;
  std::vector<FinishedCall> calls;  // in the order in which they were recorded
};

// DeliberationAccess reads deliberations for those who may see them: their owner and administrators. One that came over gRPC has no owner.
class DeliberationAccess {
 public:
  explicit DeliberationAccess(DeliberationStore& store) : store_(store) {}

  // Errors: not_found; permission_denied; unavailable.
  Async<Deliberation> get(const Principal& who, std::string id);
  Async<RecordedDeliberation> with_calls(const Principal& who, std::string id);

  // What `owner`, or without one everybody, has used. Errors: as list().
  Async<DeliberationUsage> usage(const Principal& who, std::optional<UserId> owner);

  // Errors: permission_denied, if the filter lets through others' and `who` is no administrator; unavailable.
  Async<DeliberationPage> list(const Principal& who, DeliberationFilter filter);

 private:
  DeliberationStore& store_;
};

}  // namespace orc
