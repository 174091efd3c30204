#pragma once

#include <cstddef>
#include <vector>

#include "ports/wake_up.h"

namespace orc {

// CallSlots bounds how many calls all deliberations have under way together. On the thread of the executor.
class CallSlots {
 public:
  explicit CallSlots(std::size_t calls_max) : free_(calls_max) {}
  CallSlots(const CallSlots&) = delete;
  CallSlots& operator=(const CallSlots&) = delete;

  // False if there is none: `wants` is called when there is one again, once, unless it is forgotten before.
  bool take(WakeUp& wants);
  void give_back();
  void forget(WakeUp& wants);

 private:
  void call_next();

  std::size_t free_;
  std::vector<WakeUp*> waiting_;  // in the order of asking
};

}  // namespace orc
