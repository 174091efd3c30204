#include "adapters/grpc/call_deadlines.h"

#include <chrono>
#include <utility>

namespace orc {

CallDeadlines::Place CallDeadlines::add(SteadyTime deadline, Expire expire) {
  const Place place = waiting_.emplace(deadline, std::move(expire));
  if (!armed_for_ || deadline < *armed_for_) arm();
  return place;
}

// For the first of them. One that is removed leaves the timer as it is: it finds nobody due and looks for the next.
void CallDeadlines::arm() {
  armed_for_ = waiting_.begin()->first;
  timer_.expires_at(*armed_for_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) expire_due();  // an error: armed anew, or stopped
  });
}

void CallDeadlines::expire_due() {
  armed_for_.reset();
  const SteadyTime now = std::chrono::steady_clock::now();
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    const Expire expire = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    expire();
  }
  if (!waiting_.empty() && !armed_for_) arm();
}

}  // namespace orc
