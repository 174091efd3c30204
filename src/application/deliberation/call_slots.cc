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
  call_next();
}

// Whoever was called and ends before it has taken its slot leaves it to the next.
void CallSlots::forget(WakeUp& wants) {
  std::erase(waiting_, &wants);
  call_next();
}

void CallSlots::call_next() {
  if (free_ == 0 || waiting_.empty()) return;
  waiting_.front()->wake();
  waiting_.erase(waiting_.begin());
}

}  // namespace orc
