#include "adapters/sandbox/local_cluster.h"

#include <csignal>

#include "adapters/sandbox/cluster_core.h"

namespace orc {

LocalCluster::LocalCluster(boost::asio::any_io_executor executor, const SandboxSettings& settings, BlobKeeper& blobs, Unpack unpack,
                           EventLog& log, Clock& clock)
    : core_(std::make_shared<Core>(std::move(executor), settings, blobs, std::move(unpack), log, clock)) {}

// What still runs goes with the executor's context, and a thread that gave it a result by then would give it to what is half gone.
LocalCluster::~LocalCluster() { core_->end_threads(); }

void LocalCluster::start() {
  std::signal(SIGPIPE, SIG_IGN);
  core_->start();
}

void LocalCluster::say_what_is_given() const { core_->say_what_is_given(); }

const SandboxFacts& LocalCluster::facts() const { return core_->facts(); }

WarmFigures LocalCluster::warm_figures() const { return core_->warm_figures(); }

boost::asio::awaitable<PluginOutcome> LocalCluster::run(PluginRun run) { return core_->run(std::move(run)); }

boost::asio::awaitable<PluginOutcome> LocalCluster::run_elsewhere(PluginRun run, Cluster& elsewhere) {
  return core_->run_elsewhere(std::move(run), elsewhere);
}

void LocalCluster::cancel(JobId job, Fence fence) { core_->cancel(job, fence); }

void LocalCluster::request_stop() { core_->request_stop(); }

bool LocalCluster::wait(SteadyTime deadline) { return core_->wait(deadline); }

}  // namespace orc
