#pragma once

#include <cstddef>
#include <vector>

#include "ports/wake_up.h"

namespace orc {

// CallSlots bounds how many calls all deliberations have under way together, and what these keep in memory. Whoever waits longest has the
// next one; and one deliberation has a part of them only, so that it leaves room for the others while its models are silent. On the thread
// of the executor.
class CallSlots {
 public:
  struct Limits {
    std::size_t calls_max;
    std::size_t calls_of_one_max;
    std::size_t bytes_max;  // a call that keeps more has it for itself
  };

  // Share is what one deliberation has of them.
  class Share {
   public:
    // `wants` is called when what take() refused is there. Both must outlive it.
    Share(CallSlots& slots, WakeUp& wants) : slots_(slots), wants_(wants) {}
    ~Share() { forget(); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // One for a call that keeps so many bytes. False if there is none for it: it has a place in the line then, which asking again keeps,
    // unless it has its share already.
    bool take(std::size_t bytes);
    void give_back(std::size_t bytes);

    // Leaves the line.
    void forget();

   private:
    friend class CallSlots;
    CallSlots& slots_;
    WakeUp& wants_;
    std::size_t calls_ = 0;
  };

  explicit CallSlots(Limits limits) : limits_(limits) {}
  CallSlots(const CallSlots&) = delete;
  CallSlots& operator=(const CallSlots&) = delete;

 private:
  struct Waiting {
    Share* who;
    std::size_t bytes;
  };

  bool fits(std::size_t bytes) const;
  void call_next();

  const Limits limits_;
  std::size_t calls_ = 0;  // under way
  std::size_t bytes_ = 0;  // that they keep
  std::vector<Waiting> line_;
};

}  // namespace orc
