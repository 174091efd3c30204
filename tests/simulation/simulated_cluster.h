#pragma once

#include <functional>
#include <map>
#include <string>

#include "ports/cluster.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/simulated_process.h"

namespace orc::simulation {

// What a simulated job does when it runs; it travels as the job's input.
struct JobScript {
  enum class Ending : std::uint8_t { succeeds, fails_once, fails_always, has_bad_input, kills_its_worker };
  Ending ending = Ending::succeeds;
  Span duration{};

  std::string text() const { return std::to_string(static_cast<int>(ending)) + " " + std::to_string(duration.count()); }
  static JobScript read(const std::string& text);
};

// SimulatedCluster runs scripts in a worker's process. `on_poison` kills that process, soon.
class SimulatedCluster final : public Cluster {
 public:
  SimulatedCluster(SimulatedTime& time, SimulatedProcess& process, Ledger& ledger, int slots, std::function<void()> on_poison)
      : time_(time), process_(process), ledger_(ledger), slots_(slots), on_poison_(std::move(on_poison)) {}

  boost::asio::awaitable<PluginOutcome> run(PluginRun run) override;
  void cancel(JobId job, Fence fence) override;

 private:
  struct Running {
    WakeUp* end;
    bool is_cancelled = false;
  };
  PluginOutcome outcome_of(const JobScript& script, const PluginRun& run) const;

  SimulatedTime& time_;
  SimulatedProcess& process_;
  Ledger& ledger_;
  const int slots_;
  const std::function<void()> on_poison_;
  std::map<RunName, Running> running_;
};

}  // namespace orc::simulation
