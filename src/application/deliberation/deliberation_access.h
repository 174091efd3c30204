#pragma once

#include <cstdint>
#include <functional>
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

// Takes room in memory for so many bytes that are about to be read, until whoever asked for them is answered. False: there is none just
// now.
using TakeRoom = std::function<bool(std::int64_t bytes)>;

// What one is told for whom there is no room: unavailable.
std::unexpected<Error> no_room();

// DeliberationAccess reads deliberations for those who may see them: their owner and administrators. One that came over gRPC has no owner.
class DeliberationAccess {
 public:
  explicit DeliberationAccess(DeliberationStore& store) : store_(store) {}

  // Whether `who` may see it, and how it stands. Errors: not_found; permission_denied; unavailable.
  Async<DeliberationMark> mark(const Principal& who, std::string id);
  // Before any text is read room for all of them is taken. Errors: as mark(); unavailable also without room.
  Async<Deliberation> get(const Principal& who, std::string id, TakeRoom take_room);
  Async<RecordedDeliberation> with_calls(const Principal& who, std::string id, TakeRoom take_room);

  // What `owner`, or without one everybody, has used. Errors: as list().
  Async<DeliberationUsage> usage(const Principal& who, std::optional<UserId> owner);

  // Errors: permission_denied, if the filter lets through others' and `who` is no administrator; unavailable, also without room.
  Async<DeliberationPage> list(const Principal& who, DeliberationFilter filter, TakeRoom take_room);

 private:
  DeliberationStore& store_;
};

}  // namespace orc
