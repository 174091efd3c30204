#include "domain/deliberation/stage_calls.h"

#include <algorithm>

#include "domain/assert.h"

namespace orc {

void StageCalls::clear() {
  slots_.clear();
  places_.clear();
  open_.clear();
}

void StageCalls::add(CallName name) {
  const bool is_new = places_.emplace(name, slots_.size()).second;
  ORC_ASSERT(is_new);
  slots_.push_back({.name = name});
  open_.push_back(name);
}

std::optional<std::size_t> StageCalls::finish(const FinishedCall& call) {
  const auto place = places_.find(call.name);
  if (place == places_.end() || slots_[place->second].finished) return {};
  slots_[place->second].finished = call;
  open_.erase(std::ranges::find(open_, call.name));
  return place->second;
}

std::size_t StageCalls::successes() const {
  return static_cast<std::size_t>(std::ranges::count_if(slots_, [](const Slot& slot) { return slot.success() != nullptr; }));
}

const FinishedCall* StageCalls::finished(CallName name) const {
  const auto place = places_.find(name);
  return place == places_.end() || !slots_[place->second].finished ? nullptr : &*slots_[place->second].finished;
}

}  // namespace orc
