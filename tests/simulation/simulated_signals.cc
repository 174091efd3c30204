#include "tests/simulation/simulated_signals.h"

#include <vector>

namespace orc::simulation {

class SimulatedSignals::Registration final : public Watch {
 public:
  Registration(SimulatedSignals& signals, Watches::iterator place) : signals_(signals), place_(place) {}
  ~Registration() override { signals_.watches_.erase(place_); }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  SimulatedSignals& signals_;
  const Watches::iterator place_;
};

void SimulatedSignals::work_arrived() {
  hear_work_arrived();
  to_others_.work_arrived();
}

void SimulatedSignals::job_ended(JobId id) {
  hear_job_ended(id);
  to_others_.job_ended(id);
}

void SimulatedSignals::hear_work_arrived() {
  ++hints_;
  for (const auto& [turn, waiting] : waiting_) waiting->wake();
}

void SimulatedSignals::hear_job_ended(JobId id) {
  const auto [first, last] = watches_.equal_range(id);
  std::vector<std::function<void()>> called;
  for (auto i = first; i != last; ++i) called.push_back(i->second);
  for (const auto& call : called) call();
}

boost::asio::awaitable<void> SimulatedSignals::wait_for_work(std::uint64_t seen, SteadyTime until) {
  const std::uint64_t turn = ++waits_;
  const std::shared_ptr<WakeUp> mine = process_.make();
  waiting_.emplace(turn, mine);
  while (hints_ <= seen && process_.steady_now() < until) co_await mine->wait(until);
  waiting_.erase(turn);
}

std::unique_ptr<JobSignals::Watch> SimulatedSignals::watch(JobId id, std::function<void()> on_end) {
  return std::make_unique<Registration>(*this, watches_.emplace(id, std::move(on_end)));
}

boost::asio::awaitable<void> SimulatedSignals::wait_for_end(JobId id, SteadyTime until) {
  const auto mine = process_.make();
  const auto watching = watch(id, [&mine] { mine->wake(); });
  co_await mine->wait(until);
}

}  // namespace orc::simulation
