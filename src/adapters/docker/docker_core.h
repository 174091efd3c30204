#pragma once

#include <boost/asio/strand.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "adapters/docker/container_guard.h"
#include "adapters/docker/container_run.h"
#include "adapters/docker/docker_cluster.h"
#include "adapters/docker/engine_facts.h"
#include "adapters/sandbox/run_count.h"

namespace orc {

// What DockerCluster is made of. Runs keep it alive until they have ended.
class DockerCluster::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(boost::asio::any_io_executor executor, DockerSettings settings, BlobKeeper& blobs, EventLog& log, Clock& clock);

  Async<Isolation> start();
  Async<std::string> check();
  boost::asio::awaitable<PluginOutcome> run(PluginRun run);
  void cancel(JobId job, Fence fence);
  void request_stop();
  bool wait(SteadyTime deadline);

 private:
  // Of one engine at one time.
  struct Examined {
    EngineFacts facts;
    bool launcher_is_seen = false;
  };
  // That several runs wait for.
  struct Examination;

  Async<Examined> known();
  Async<Examined> examine();
  Async<std::string> examine_anew();
  Async<bool> is_launcher_seen();
  Async<Isolation> start_here();
  boost::asio::awaitable<PluginOutcome> run_here(PluginRun run);
  boost::asio::awaitable<PluginOutcome> run_known(PluginRun run, Examined engine);
  Async<void> remove_left_behind();
  Async<void> remove(std::string name);
  boost::asio::awaitable<void> remove_owed();
  void watch(const std::string& name);
  void forget(const std::string& name);

  // Constant after construction.
  const DockerSettings settings_;
  BlobKeeper& blobs_;
  EventLog& log_;
  Clock& clock_;
  boost::asio::strand<boost::asio::any_io_executor> strand_;

  // Only touched on strand_.
  EngineClient engine_;
  std::optional<Examined> known_;             // empty: not known, or the engine was away since
  std::shared_ptr<Examination> examination_;  // going on now
  std::map<std::pair<JobId, Fence>, std::shared_ptr<ContainerRun>> runs_;
  std::map<std::pair<JobId, Fence>, bool> coming_;  // to be runs, once the engine is known; whether one was cancelled meanwhile
  std::unique_ptr<ContainerGuard> guard_;           // from start() on; empty: nobody removes what we leave when we are killed
  std::set<std::string> owed_;                      // names of containers that could not be removed yet
  bool stopping_ = false;

  RunCount running_;  // for any thread
};

}  // namespace orc
