#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "domain/deliberation/model_call.h"

namespace orc {

// StageCalls are the calls of the stage that is under way: which there are, and which have finished. Not thread-safe.
class StageCalls {
 public:
  struct Slot {
    CallName name;
    std::optional<FinishedCall> finished = {};

    // The call, if it succeeded.
    const FinishedCall* success() const { return finished && finished->outcome == CallOutcome::succeeded ? &*finished : nullptr; }
  };

  void clear();
  // Precondition: there is none of this name.
  void add(CallName name);

  // In the order in which to begin them.
  const std::vector<Slot>& slots() const { return slots_; }
  // Those of them that have not finished.
  const std::vector<CallName>& open() const { return open_; }

  // The place of the slot that it fills; nothing, and no effect, if there is none of its name, or it is filled.
  std::optional<std::size_t> finish(const FinishedCall& call);

  std::size_t successes() const;

  // The call of this name, if it has finished.
  const FinishedCall* finished(CallName name) const;

 private:
  std::vector<Slot> slots_;
  std::map<CallName, std::size_t> places_;
  std::vector<CallName> open_;
};

}  // namespace orc
