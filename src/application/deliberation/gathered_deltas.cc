#include "application/deliberation/gathered_deltas.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace orc {

void GatheredDeltas::Call::wrote(std::string_view delta) {
  if (delta.empty()) return;
  text_.append(delta);
  if (all_.due_ != SteadyTime::max()) return;
  all_.due_ = all_.clock_.steady_now() + delta_interval;
  all_.has_text_.wake();
}

void GatheredDeltas::Call::restarted() {
  text_.clear();
  ++attempt_;
  parts_ = 0;
}

GatheredDeltas::Call* GatheredDeltas::next_of_agent(Calls::iterator& first, Calls::iterator end, std::size_t& waiting) {
  const CallName name = first->first;
  Call* next = nullptr;
  for (waiting = 0; first != end && first->first.stage == name.stage && first->first.agent == name.agent; ++first) {
    Call* const call = first->second;
    if (call->text_.empty()) continue;
    ++waiting;
    if (next == nullptr || call->turn_ < next->turn_) next = call;
  }
  return next;
}

std::vector<DeliberationEvent> GatheredDeltas::take() {
  std::vector<DeliberationEvent> events;
  const SteadyTime now = clock_.steady_now();
  if (now < due_) return events;
  due_ = SteadyTime::max();
  const CallName last = last_.value_or(CallName{});
  const auto behind =
      last_ ? calls_.upper_bound({.stage = last.stage, .agent = last.agent, .sample = std::numeric_limits<std::uint32_t>::max()})
            : calls_.begin();
  last_.reset();
  const auto look_at = [&](auto first, auto end) {
    while (first != end) {
      std::size_t waiting = 0;
      Call* const call = next_of_agent(first, end, waiting);
      if (call == nullptr) continue;
      SteadyTime& may_tell_at = may_tell_at_[call->name_.agent];
      if (may_tell_at > now || events.size() == taken_max) {
        due_ = std::min(due_, std::max(now, may_tell_at));
        continue;
      }
      may_tell_at = now + delta_interval;
      if (waiting > 1) due_ = std::min(due_, may_tell_at);
      call->turn_ = ++turns_;
      events.push_back({.kind = EventKind::delta,
                        .call = call->name_,
                        .attempt = call->attempt_,
                        .part = ++call->parts_,
                        .text = std::exchange(call->text_, {})});
    }
  };
  look_at(behind, calls_.end());
  look_at(calls_.begin(), behind);
  if (events.size() == taken_max) last_ = events.back().call;
  return events;
}

}  // namespace orc
