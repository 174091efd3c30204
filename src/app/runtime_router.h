#pragma once

#include "adapters/sandbox/local_cluster.h"

namespace orc {

// RuntimeRouter sends each run to where its kind of program runs: to the sandbox, and images of mode once to another cluster if there is
// one. What stays up does so in the sandbox. Thread-safe once use_for_images() has been called.
class RuntimeRouter final : public Cluster {
 public:
  explicit RuntimeRouter(LocalCluster& sandbox) : sandbox_(sandbox) {}

  // Before the first run. Borrowed.
  void use_for_images(Cluster& images) { images_ = &images; }

  boost::asio::awaitable<PluginOutcome> run(PluginRun run) override {
    const PluginSpec& spec = run.version.spec;
    const bool runs_elsewhere = images_ && spec.docker_image_url && spec.mode == PluginMode::once;
    return runs_elsewhere ? sandbox_.run_elsewhere(std::move(run), *images_) : sandbox_.run(std::move(run));
  }

  // The sandbox passes it on.
  void cancel(JobId job, Fence fence) override { sandbox_.cancel(job, fence); }

 private:
  LocalCluster& sandbox_;
  Cluster* images_ = nullptr;
};

}  // namespace orc
