#pragma once

#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "ports/cluster.h"

namespace orc {

// FakeCluster runs nothing: each run ends as the test wrote beforehand, in order.
class FakeCluster final : public Cluster {
 public:
  boost::asio::awaitable<PluginOutcome> run(PluginRun run) override;
  void cancel(JobId job, Fence fence) override { cancelled.emplace_back(job, fence); }

  using Life = std::function<boost::asio::awaitable<void>(PluginRun)>;

  bool runs_hang = false;              // every run goes on until it is cancelled
  std::deque<PluginOutcome> outcomes;  // to come; once there is none, every run succeeds with {}
  Life life;                           // what every run does before it ends, if set
  std::vector<PluginRun> runs;         // ever started
  std::vector<std::pair<JobId, Fence>> cancelled;
  std::function<void(const PluginRun&)> while_running = [](const PluginRun&) {};  // what the world does meanwhile
};

}  // namespace orc
