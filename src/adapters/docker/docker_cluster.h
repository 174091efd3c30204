#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "ports/blob_store.h"
#include "ports/clock.h"
#include "ports/cluster.h"
#include "ports/event_log.h"

namespace orc {

struct DockerSettings {
  std::string socket = "/var/run/docker.sock";                    // of the Engine, on this host
  Isolation isolation_least = Isolation::none;                    // that a run may have
  NetworkAccess network = NetworkAccess::none;                    // the most that a run may have
  std::string owner;                                              // a word that this worker's data directory alone has; its lock is held
  std::filesystem::path launcher;                                 // orc-launch: see below; empty: none
  std::chrono::milliseconds pull_patience{600'000};               // how long an engine may say nothing while it pulls
  std::uint64_t input_blob_bytes_max = std::uint64_t{256} << 20;  // of all files in one run's ORC_INPUT_DIR
};

// DockerCluster runs plugins that are container images: each run a container of its own at a Docker Engine, through its API
// (docs/decisions/docker.md). An image that the engine lacks is pulled, which the job's log tells. As many runs at once as are asked for.
// `launcher` removes the containers that this process leaves if it is killed; and where the engine sees that file of this host it is the
// first process of each container, and without it there is no progress, no file that a run left is kept, and usage is what the engine
// tells. Thread-safe; `executor` is never blocked.
class DockerCluster final : public Cluster {
 public:
  // `executor`'s context, `blobs`, `log` and `clock` must outlive this object.
  DockerCluster(boost::asio::any_io_executor executor, DockerSettings settings, BlobKeeper& blobs, EventLog& log, Clock& clock);
  // The executor's context may be stopped, or must not run these runs any more.
  ~DockerCluster() override;
  DockerCluster(const DockerCluster&) = delete;
  DockerCluster& operator=(const DockerCluster&) = delete;

  // Looks what the engine can hold, and removes the containers that this owner's predecessors left. Before the first run.
  // Gives the isolation of runs there. Errors: unavailable, if the engine is away or cannot hold the limits of runs; invalid_argument, if
  // it gives less than the least isolation; with what would help.
  Async<Isolation> start();

  // A sentence about the engine, asked anew. Errors: those of start().
  Async<std::string> check();

  // Those that are not images of mode once are refused, and so are all while the engine cannot hold limits; not_started while it is away.
  boost::asio::awaitable<PluginOutcome> run(PluginRun run) override;
  void cancel(JobId job, Fence fence) override;

  // Kills every run, which ends as given_back; further ones end so at once. Any thread, safe twice.
  void request_stop();

  // Blocks until no run is left, or until the deadline; true if none is. Calls request_stop(). Not on the executor's thread.
  bool wait(SteadyTime deadline);

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace orc
