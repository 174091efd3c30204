#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "adapters/sandbox/package_cache.h"
#include "adapters/sandbox/sandbox_probe.h"
#include "adapters/sandbox/sandbox_settings.h"
#include "adapters/sandbox/warm_figures.h"
#include "ports/blob_store.h"
#include "ports/clock.h"
#include "ports/cluster.h"
#include "ports/event_log.h"

namespace orc {

// LocalCluster runs plugins on this machine: each run a process in a sandbox of its own (docs/decisions/sandbox.md), as strongly isolated
// as the host can within what the settings say. At most settings.slots of mode `once` run at once, further ones wait; those of mode `warm`
// share up to settings.warm_processes processes (warm_runs.h). Thread-safe. A thread of its own does what blocks and a second one unpacks;
// `executor` is never blocked.
class LocalCluster final : public Cluster {
 public:
  // `executor`'s context, `blobs`, `log` and `clock` must outlive this object.
  LocalCluster(boost::asio::any_io_executor executor, const SandboxSettings& settings, BlobKeeper& blobs, Unpack unpack, EventLog& log,
               Clock& clock);
  // Waits for the thread that launches and unpacks. What still runs then is killed when the executor's context goes, which must not run
  // any more: call wait() before, where runs shall end in order.
  ~LocalCluster() override;
  LocalCluster(const LocalCluster&) = delete;
  LocalCluster& operator=(const LocalCluster&) = delete;

  // Prepares the host and tries one sandbox (about 20 ms). A host that can give none is no error: runs are refused then. Call it once,
  // before the first run. From then on the whole process ignores SIGPIPE, which a program that is gone would end it with.
  void start();

  // Says in the log what start() found.
  void say_what_is_given() const;

  // What start() found.
  const SandboxFacts& facts() const;

  // For any thread.
  WarmFigures warm_figures() const;

  boost::asio::awaitable<PluginOutcome> run(PluginRun run) override;

  // Runs it at `elsewhere`, where it takes up memory of this worker too: processes that stay up and serve nothing give way to it as they do
  // to runs here, and it begins once they have gone. cancel() is passed on; request_stop() is not, once it has begun there.
  // `elsewhere` outlives the run.
  boost::asio::awaitable<PluginOutcome> run_elsewhere(PluginRun run, Cluster& elsewhere);

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
