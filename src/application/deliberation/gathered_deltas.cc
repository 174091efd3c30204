#include "application/deliberation/gathered_deltas.h"

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
  for (auto& [name, call] : calls_) {
    if (call->text_.empty()) continue;
    if (events.size() == taken_max) {
      due_ = now;
      break;
    }
    events.push_back({.kind = EventKind::delta,
                      .call = name,
                      .attempt = call->attempt_,
                      .part = ++call->parts_,
                      .text = std::exchange(call->text_, {})});
  }
  return events;
}

}  // namespace orc
