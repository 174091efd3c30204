#pragma once

#include "ports/cluster.h"

namespace orc {

// RuntimeRouter sends each run to where its kind of program runs: folders to one cluster, and images to another if there is one.
// Thread-safe once use_for_images() has been called.
class RuntimeRouter final : public Cluster {
 public:
  explicit RuntimeRouter(Cluster& folders) : folders_(folders), images_(&folders) {}

  // Before the first run. Borrowed.
  void use_for_images(Cluster& images) { images_ = &images; }

  boost::asio::awaitable<PluginOutcome> run(PluginRun run) override {
    Cluster& cluster = run.version.spec.docker_image_url ? *images_ : folders_;
    return cluster.run(std::move(run));
  }

  // A run is in one of the two; the other does not know it.
  void cancel(JobId job, Fence fence) override {
    folders_.cancel(job, fence);
    if (images_ != &folders_) images_->cancel(job, fence);
  }

 private:
  Cluster& folders_;
  Cluster* images_;
};

}  // namespace orc
