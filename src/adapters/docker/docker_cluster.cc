#include "adapters/docker/docker_cluster.h"

#include "adapters/docker/docker_core.h"

namespace orc {

DockerCluster::DockerCluster(boost::asio::any_io_executor executor, DockerSettings settings, BlobKeeper& blobs, EventLog& log, Clock& clock)
    : core_(std::make_shared<Core>(std::move(executor), std::move(settings), blobs, log, clock)) {}

DockerCluster::~DockerCluster() = default;

Async<Isolation> DockerCluster::start() { return core_->start(); }

Async<std::string> DockerCluster::check() { return core_->check(); }

boost::asio::awaitable<PluginOutcome> DockerCluster::run(PluginRun run) { return core_->run(std::move(run)); }

void DockerCluster::cancel(JobId job, Fence fence) { core_->cancel(job, fence); }

void DockerCluster::request_stop() { core_->request_stop(); }

bool DockerCluster::wait(SteadyTime deadline) { return core_->wait(deadline); }

}  // namespace orc
