#include "tests/simulation/simulated_time.h"

#include <algorithm>
#include <stdexcept>

namespace orc::simulation {
namespace {

// So many events in one moment are coroutines that wake each other without end.
constexpr int events_of_a_moment_max = 20'000;

}  // namespace

void SimulatedTime::at(SteadyTime moment, Event event) {
  events_.push_back({.moment = std::max(moment, now_), .turn = ++turn_, .event = std::move(event)});
  std::push_heap(events_.begin(), events_.end());
}

void SimulatedTime::settle() { loop_.poll(); }

void SimulatedTime::run_until(SteadyTime end, const std::function<bool()>& is_over) {
  int of_this_moment = 0;
  settle();
  while (!events_.empty() && events_.front().moment <= end && !is_over()) {
    std::pop_heap(events_.begin(), events_.end());
    Planned next = std::move(events_.back());
    events_.pop_back();
    of_this_moment = next.moment == now_ ? of_this_moment + 1 : 0;
    if (of_this_moment > events_of_a_moment_max) throw std::runtime_error("coroutines wake each other without end: time stands still");
    now_ = next.moment;
    ++happened_;
    next.event();
    settle();
  }
  if (events_.empty() || events_.front().moment > end) now_ = std::max(now_, end);
}

}  // namespace orc::simulation
