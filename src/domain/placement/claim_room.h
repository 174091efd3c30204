#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "domain/placement/room.h"
#include "domain/strong_id.h"

namespace orc {

// Where a job stands to the one that room is kept for.
enum class Standing : std::uint8_t { before, behind };

// ClaimRoom is the room of one worker during one claim: what its runs hold, what the jobs that it wins would hold beside them, and what is
// kept for a job that has waited too long (placement_patience in ports/job_store.h; docs/placement.md). A value; pure.
class ClaimRoom {
 public:
  using Classes = std::map<PlacementClassId, Requirements>;

  // `slots`: runs with a process of their own that the worker announced to hold at once. `classes` outlives it. A class that is not in
  // there needs nothing.
  ClaimRoom(Room room, std::int64_t slots, const Classes& classes) : room_(std::move(room)), slots_(slots), classes_(&classes) {}

  // `count` more runs of that class are there already.
  void hold(PlacementClassId one, std::int64_t count);

  Fit fit(PlacementClassId one) const;

  // It would fit once other runs have ended, for want of what runs share: more than a slot or a place at a warm process, which come free
  // soon and need nothing kept.
  bool lacks_room(PlacementClassId one) const { return room_.fit(needs_of(one)) == Fit::later; }

  // How many jobs of that class may be taken just now, at most `wanted`.
  std::int64_t space_for(PlacementClassId one, std::int64_t wanted, Standing standing) const;
  bool may_take(PlacementClassId one, Standing standing) const { return space_for(one, 1, standing) > 0; }

  void take(PlacementClassId one) { hold(one, 1); }

  // The same as to which classes fit, but never full: for several workers at once, each of which has room for all that it may be given.
  ClaimRoom bottomless() const;

  // From now on what stands behind a job of that class gets only room that the job does not need once the runs of its own class have ended.
  // Once only.
  void keep_for(PlacementClassId one);

 private:
  const Requirements& needs_of(PlacementClassId one) const;
  std::int64_t places_for(PlacementClassId one) const;

  bool is_bottomless_ = false;
  Room room_;
  std::int64_t slots_;
  const Classes* classes_;
  std::map<PlacementClassId, std::int64_t> held_;
  std::int64_t slots_held_ = 0;
  std::int64_t warm_held_ = 0;
  PlacementClassId kept_for_{};
  std::optional<Room> behind_;  // the worker without the runs of kept_for_, and with one of them in any case
};

}  // namespace orc
