#include "application/deliberation/gathered_deltas.h"

#include <algorithm>
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

std::vector<DeliberationEvent> GatheredDeltas::take() {
  std::vector<DeliberationEvent> events;
  const SteadyTime now = clock_.steady_now();
  if (now < due_) return events;
  due_ = SteadyTime::max();
  const auto behind = last_ ? calls_.upper_bound(*last_) : calls_.begin();
  last_.reset();
  const auto look_at = [&](auto first, auto end) {
    for (auto one = first; one != end; ++one) {
      auto& [name, call] = *one;
      if (call->text_.empty()) continue;
      if (call->may_tell_at_ > now || events.size() == taken_max) {
        due_ = std::min(due_, std::max(now, call->may_tell_at_));
        continue;
      }
      call->may_tell_at_ = now + delta_interval;
      events.push_back({.kind = EventKind::delta,
                        .call = name,
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
