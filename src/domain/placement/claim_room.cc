#include "domain/placement/claim_room.h"

#include <algorithm>

#include "domain/assert.h"

namespace orc {

const Requirements& ClaimRoom::needs_of(PlacementClassId one) const {
  static const Requirements nothing{.isolation = Isolation::none, .runtime = Runtime::folder, .resources = {}, .worker_labels = {}};
  const auto found = classes_->find(one);
  return found == classes_->end() ? nothing : found->second;
}

void ClaimRoom::hold(PlacementClassId one, std::int64_t count) {
  room_.take(needs_of(one), count);
  held_[one] += count;
  if (behind_ && one != kept_for_) behind_->take(needs_of(one), count);
}

std::int64_t ClaimRoom::space_for(PlacementClassId one, std::int64_t wanted, Standing standing) const {
  const Requirements& needs = needs_of(one);
  const std::int64_t space = room_.space_for(needs, wanted);
  if (standing == Standing::before || !behind_ || one == kept_for_) return space;
  return std::min(space, behind_->space_for(needs, wanted));
}

void ClaimRoom::keep_for(PlacementClassId one) {
  ORC_ASSERT(!behind_);
  kept_for_ = one;
  behind_ = room_;
  const auto own = held_.find(one);
  behind_->take(needs_of(one), 1 - (own == held_.end() ? 0 : own->second));
}

}  // namespace orc
