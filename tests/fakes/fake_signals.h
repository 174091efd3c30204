#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "ports/job_signals.h"
#include "tests/fakes/fake_clock.h"

namespace orc {

// FakeSignals notes every hint. Waiting is a small simulation: once all other coroutines had time to come to rest, `while_waiting` is
// called; if that brought no hint, the clock moves on to the earliest end of all waits.
class FakeSignals final : public JobSignals {
 public:
  explicit FakeSignals(FakeClock& clock) : clock_(clock) {}

  void work_arrived() override;
  void job_ended(JobId id) override;
  std::uint64_t work_hints() override { return static_cast<std::uint64_t>(work_told_); }
  boost::asio::awaitable<void> wait_for_work(std::uint64_t seen, SteadyTime until) override;
  std::unique_ptr<Watch> watch(JobId id, std::function<void()> on_end) override;
  boost::asio::awaitable<void> wait_for_end(JobId id, SteadyTime until) override;

  int work_arrivals = 0;                        // ever
  std::vector<JobId> ended;                     // ever, in order
  int waits = 0;                                // ever begun
  bool hints_are_lost = false;                  // hints are noted, but nobody hears them
  std::function<void()> while_waiting = [] {};  // what the world does meanwhile

  // The simulation of every wait in the world, this object's and a FakeWakeUp's.
  boost::asio::awaitable<void> wait(SteadyTime until, std::function<bool()> hint_came);
  int calls = 0;  // hints and wake-ups that somebody may hear; while they come, no time passes

 private:
  class Registration;
  boost::asio::awaitable<void> let_others_rest(const std::function<bool()>& hint_came) const;

  FakeClock& clock_;
  int work_told_ = 0;               // hints that were not lost
  std::multiset<SteadyTime> ends_;  // of the waits that go on
  std::multimap<JobId, std::function<void()>> watches_;
};

}  // namespace orc
