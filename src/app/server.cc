#include "app/server.h"

#include <boost/asio/post.hpp>
#include <fstream>

#include "app/blocking.h"
#include "app/server_parts.h"

namespace orc {
namespace {

// Whether connections that nobody has accepted go to another listener of a shared port when ours is closed.
bool kernel_hands_connections_on() {
  std::ifstream file("/proc/sys/net/ipv4/tcp_migrate_req");
  int value = 0;
  return file >> value && value != 0;
}

}  // namespace

Server::Server(Settings settings) : settings_(std::move(settings)) {}

Server::~Server() { stop(std::chrono::steady_clock::now()); }

Result<Endpoints> Server::start(const std::function<bool()>& is_stopped) {
  parts_ = std::make_unique<Parts>(settings_);
  Parts& parts = *parts_;
  if (auto opened = parts.open(is_stopped); !opened) return pass_on(opened);
  if (auto taken = parts.take_over(); !taken) return pass_on(taken);
  if (auto compared = parts.compare_keys(); !compared) return pass_on(compared);
  // Before anybody is told that it is ready; a sandbox, which takes longer, can be missing.
  if (parts.worker)
    if (auto reached = parts.worker->reach_docker(); !reached) return pass_on(reached);
  auto endpoints = parts.listen();
  if (!endpoints) return endpoints;
  parts.start_duties(*endpoints);

  if (auto written = parts.write_files(*endpoints); !written) return pass_on(written);
  parts.log.info("ready", {{"api", endpoints->api.value_or("off")},
                           {"registry", endpoints->registry.value_or("off")},
                           {"grpc", endpoints->grpc.value_or("off")},
                           {"worker", settings_.runs_worker},
                           {"data_dir", settings_.data_dir.native()},
                           {"version", ORC_VERSION}});
  if (settings_.port_use == PortUse::shared && !kernel_hands_connections_on())
    parts.log.warn(
        "a restart may reset connections that are just being made",
        {{"reason",
          "net.ipv4.tcp_migrate_req is 0: set it to 1, or let a supervisor hand the socket over (docs/operating.md, Rolling restart)"}});
  // Last, because it takes as long as everything before: jobs are taken in meanwhile.
  if (parts.worker) {
    // Where no plugin can run, jobs wait for a worker that can; /health/ready and the log say why.
    [[maybe_unused]] const auto prepared = parts.worker->prepare();
    if (auto started = parts.worker->start(); !started) return pass_on(started);
  }
  return endpoints;
}

StopResult Server::stop(SteadyTime deadline) {
  if (!parts_) return StopResult::clean;
  Parts& parts = *parts_;
  StopResult result = StopResult::clean;
  if (parts.io_thread.joinable()) {
    // Before it is said, as a call to a model that begins afterwards would have to be waited for.
    run_blocking(parts.io, parts.deliberations->request_stop());
    parts.log.info("stopping");
    if (auto removed = remove_server_files(settings_.data_dir); !removed)
      parts.log.warn("a file was left", {{"reason", removed.error().message}});
    parts.frontend->request_stop();
    parts.grpc->request_stop();
    boost::asio::post(parts.io, [&parts] {
      parts.use_cases->await_job.request_stop();
      parts.frontend->end_waits();
    });
    if (parts.worker) parts.worker->stop(deadline);
    run_blocking(parts.io, parts.deliberations->stop(deadline));
    // Who waits for a job is answered once its deadline or ours has come.
    if (!parts.frontend->wait(deadline)) result = StopResult::cut;
    if (!parts.grpc->wait(deadline)) result = StopResult::cut;
    if (parts.registry) parts.registry->stop();
    boost::asio::post(parts.io, [&parts] {
      if (parts.events) parts.events->request_stop();
      parts.duties.request_stop();
    });
    run_blocking(parts.io, parts.callbacks->stop());
    parts.signals->stop();
    parts.stores->database().stop();
    parts.wait_until_dry();
    parts.log.info("stopped");
  }
  parts_.reset();
  return result;
}

}  // namespace orc
