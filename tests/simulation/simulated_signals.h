#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "ports/job_signals.h"
#include "tests/simulation/simulated_process.h"

namespace orc::simulation {

// SimulatedSignals are the hints inside one process. `to_others` is told of those that arose here, as LISTEN and NOTIFY tell other
// processes.
class SimulatedSignals final : public JobSignals {
 public:
  struct ToOthers {
    std::function<void()> work_arrived;
    std::function<void(JobId)> job_ended;
  };
  SimulatedSignals(SimulatedProcess& process, ToOthers to_others) : process_(process), to_others_(std::move(to_others)) {}

  void work_arrived() override;
  void job_ended(JobId id) override;
  std::uint64_t work_hints() override { return hints_; }
  boost::asio::awaitable<void> wait_for_work(std::uint64_t seen, SteadyTime until) override;
  std::unique_ptr<Watch> watch(JobId id, std::function<void()> on_end) override;
  boost::asio::awaitable<void> wait_for_end(JobId id, SteadyTime until) override;

  // From another process.
  void hear_work_arrived();
  void hear_job_ended(JobId id);

 private:
  class Registration;
  using Watches = std::multimap<JobId, std::function<void()>>;

  SimulatedProcess& process_;
  const ToOthers to_others_;
  std::uint64_t hints_ = 0;
  std::map<std::uint64_t, std::shared_ptr<WakeUp>> waiting_;  // for work, in the order in which they came
  std::uint64_t waits_ = 0;
  Watches watches_;
};

}  // namespace orc::simulation
