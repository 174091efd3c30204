#pragma once

#include <memory>
#include <optional>

#include "adapters/remote_cluster/stop_watches.h"
#include "ports/work_source.h"
#include "tests/simulation/server_link.h"

namespace orc::simulation {

// LinkedWorkSource is what adapters/remote_cluster/http_work_source.h is, over the simulated network: the same requests, the same patience,
// the same beats that wait for news; only the text of HTTP and JSON is left out.
class LinkedWorkSource final : public WorkSource {
 public:
  LinkedWorkSource(SimulatedProcess& process, ServerLink& link) : process_(process), link_(link), pause_(process.make()) {}

  Async<WorkerId> sign_on(NewWorker worker) override;
  Async<void> beat(WorkerId worker, std::vector<RunName> held) override;
  Async<void> sign_off(WorkerId worker) override;
  Async<std::vector<Assignment>> claim(WorkerId worker, int count, SteadyTime until, std::stop_token stop) override;
  std::unique_ptr<Watch> watch(RunName run, std::function<void()> on_stop) override;
  Async<void> report(WorkerId worker, RunName run, RunReport report) override;
  Async<JobStatus> finish(WorkerId worker, RunName run, PluginOutcome outcome) override;

 private:
  Async<void> beat_once(WorkerId worker, std::vector<RunName> held, std::chrono::seconds wait);
  boost::asio::awaitable<void> listen();
  boost::asio::awaitable<void> end_waiting_claim(WorkerId worker, std::stop_token answered, std::shared_ptr<WakeUp> answer_is_here);

  SimulatedProcess& process_;
  ServerLink& link_;
  StopWatches watches_;
  const std::unique_ptr<WakeUp> pause_;
  std::optional<WorkerId> worker_;
  bool is_listening_ = false;
};

}  // namespace orc::simulation
