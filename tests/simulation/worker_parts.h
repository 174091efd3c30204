#pragma once

#include <functional>
#include <string>

#include "application/duties/beat_worker.h"
#include "application/job/run_job.h"
#include "application/job/work_loop.h"
#include "tests/fakes/memory_stores.h"
#include "tests/simulation/simulated_cluster.h"
#include "tests/simulation/traced_log.h"

namespace orc::simulation {

// WorkerParts is what makes a process a worker, as src/app/worker.cc puts it together: inside a server or elsewhere.
class WorkerParts {
 public:
  struct Ports {
    SimulatedTime& time;
    SimulatedProcess& process;
    Ledger& ledger;
    WorkSource& source;
    BlobReader& blobs;
  };
  WorkerParts(Ports ports, int slots, WorkerHome home, std::function<void()> on_poison);

  // Signs on, as often as it takes, and then works until the process ends.
  boost::asio::awaitable<void> work();

  // Stops in good order: the runs that are left at the end of `grace` are given back.
  boost::asio::awaitable<void> drain(Span grace);

  const WorkerRegistration& registration() const { return registration_; }

 private:
  const Ports ports_;
  const int slots_;
  const WorkerHome home_;
  TracedLog log_;
  SimulatedCluster cluster_;
  RunJob run_job_;
  WorkLoop work_loop_;
  WorkerRegistration registration_;
  BeatWorker beat_;
  bool is_draining_ = false;
};

// One of the product's duties, again and again until the process ends.
boost::asio::awaitable<void> repeat(SimulatedProcess& process, Duty& duty);

}  // namespace orc::simulation
