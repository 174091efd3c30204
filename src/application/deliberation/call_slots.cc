#include "application/deliberation/call_slots.h"

#include <algorithm>

namespace orc {

bool CallSlots::take(WakeUp& wants) {
  if (free_ > 0) {
    --free_;
    return true;
  }
  if (std::ranges::find(waiting_, &wants) == waiting_.end()) waiting_.push_back(&wants);
  return false;
}

void CallSlots::give_back() {
  ++free_;
  if (waiting_.empty()) return;
  waiting_.front()->wake();
  waiting_.erase(waiting_.begin());
}

void CallSlots::forget(WakeUp& wants) { std::erase(waiting_, &wants); }

}  // namespace orc
