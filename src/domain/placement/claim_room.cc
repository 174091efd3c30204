#include "domain/placement/claim_room.h"

#include <algorithm>

#include "domain/assert.h"

namespace orc {

const Requirements& ClaimRoom::needs_of(PlacementClassId one) const {
  static const Requirements nothing{
      .isolation = Isolation::none, .runtime = Runtime::folder, .resources = {}, .worker_labels = {}, .warm = {}};
  const auto found = classes_->find(one);
  return found == classes_->end() ? nothing : found->second;
}

// Slots, or requests that its warm processes may hold.
std::int64_t ClaimRoom::places_for(PlacementClassId one) const {
  const auto& warm = needs_of(one).warm;
  if (!warm) return slots_ - slots_held_;
  const auto own = held_.find(one);
  return std::min(room_.equipment().warm_requests - warm_held_, warm->requests_max - (own == held_.end() ? 0 : own->second));
}

Fit ClaimRoom::fit(PlacementClassId one) const {
  const Fit fit = room_.fit(needs_of(one));
  return fit == Fit::now && places_for(one) < 1 ? Fit::later : fit;
}

void ClaimRoom::hold(PlacementClassId one, std::int64_t count) {
  if (is_bottomless_) return;
  (needs_of(one).warm ? warm_held_ : slots_held_) += count;
  room_.take(needs_of(one), count);
  held_[one] += count;
  if (behind_ && one != kept_for_) behind_->take(needs_of(one), count);
}

std::int64_t ClaimRoom::space_for(PlacementClassId one, std::int64_t wanted, Standing standing) const {
  const Requirements& needs = needs_of(one);
  if (is_bottomless_) return fit(one) == Fit::now ? wanted : 0;
  const std::int64_t space = room_.space_for(needs, std::clamp<std::int64_t>(places_for(one), 0, wanted));
  if (standing == Standing::before || !behind_ || one == kept_for_) return space;
  return std::min(space, behind_->space_for(needs, wanted));
}

ClaimRoom ClaimRoom::bottomless() const {
  ClaimRoom same = *this;
  same.is_bottomless_ = true;
  return same;
}

void ClaimRoom::keep_for(PlacementClassId one) {
  ORC_ASSERT(!behind_);
  kept_for_ = one;
  behind_ = room_;
  const auto own = held_.find(one);
  behind_->take(needs_of(one), 1 - (own == held_.end() ? 0 : own->second));
}

}  // namespace orc
