#pragma once

#include "ports/blob_store.h"
#include "ports/clock.h"
#include "ports/cluster.h"
#include "ports/wake_up.h"
#include "ports/work_source.h"

namespace orc {

// How one run ended, and what became of its job.
struct FinishedJob {
  AttemptOutcome how;
  std::optional<int> exit_code;
  JobStatus job;
};

// RunJob is the worker's part in one run: fetch the input, run the plugin, tell what it says meanwhile, hand in how it ended. On one
// thread.
class RunJob {
 public:
  struct Ports {
    WorkSource& source;
    BlobReader& blobs;
    Cluster& cluster;
    WakeUps& wake_ups;
    Clock& clock;
  };

  explicit RunJob(Ports ports) : ports_(ports) {}

  // While the source is away the outcome is held and offered again every second; only request_stop() lets go
  // of it, and then the job is rescued like one of a dead worker. After a fault of the source it is offered a few times more: what ran for
  // hours is not dropped for one answer.
  // Errors: internal, after those; conflict or not_found, if the job was taken from us meanwhile: cancelled, deleted, or rescued because
  // our beat came too late.
  Async<FinishedJob> run(WorkerId worker, Assignment job);

  // From now on who dies of SIGTERM has not failed: a supervisor may send it to all processes of a service that it stops, the plugins too.
  void request_drain() { draining_ = true; }

  // From now on an outcome that cannot be handed in is offered once only.
  void request_stop() { stopping_ = true; }

 private:
  boost::asio::awaitable<PluginOutcome> execute(Assignment job, RunObserver& observer, const bool& is_wanted);

  const Ports ports_;
  bool draining_ = false;
  bool stopping_ = false;
};

}  // namespace orc
