#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "adapters/docker/docker_cluster.h"
#include "adapters/sandbox/local_cluster.h"
#include "app/duty_loop.h"
#include "app/runtime_router.h"
#include "app/setting_readers.h"
#include "application/duties/beat_worker.h"
#include "application/job/run_job.h"
#include "application/job/work_loop.h"
#include "ports/readiness.h"

namespace orc {

// What a worker stands on. All outlive it.
struct WorkerPorts {
  WorkSource& source;
  BlobKeeper& blobs;
  WakeUps& wake_ups;
  Clock& clock;
  EventLog& log;
};

struct WorkerOptions {
  std::string name;                // for people; empty: host:pid
  int slots = 1;                   // runs at once
  Equipment equipment;             // what is not said is looked up on the host
  std::filesystem::path data_dir;  // whose lock we hold: packages and sandboxes are kept there
  std::string instance;            // of the data directory, where the worker is part of a server
  IsolationRange isolation;
  std::optional<SandboxUids> sandbox_uids;  // nothing: as the sandbox chooses
  std::string docker_socket;                // of the engine that runs images; empty: the sandbox gets them too
};

// LocalWorker runs jobs in this process: its place in the store, its beat, its slots, its sandbox.
// Made, started and stopped by one thread that is not the io_context's.
class LocalWorker final : public ReadinessProbe {
 public:
  LocalWorker(boost::asio::io_context& io, WorkerPorts ports, DutyLoop& duties, const WorkerOptions& options);
  ~LocalWorker() override;

  // Looks what the host can give and says so in the log. Blocks for about 20 ms. The first step; once.
  // Errors: unavailable, if it can give nothing, neither a sandbox nor, where images shall run in Docker, a place for them.
  Result<void> prepare();

  // Where images shall run in Docker: looks what its engine can give. The io_context must be running. Blocks. Once it has gone well,
  // start() does not ask again. Errors: invalid_argument, if it is away or cannot hold limits.
  Result<void> reach_docker();

  // Signs on and begins to claim. The io_context must be running. Blocks. May be tried again after an error: those of
  // WorkSource::sign_on() and reach_docker().
  Result<void> start();

  // Claims nothing more, waits for what runs up to `deadline`, and gives the rest back. Blocks. Safe twice.
  void stop(SteadyTime deadline);

  // Its place in the store; ours as long as this process lives.
  const WorkerRegistration& registration() const { return registration_; }

  // What its warm processes do. For any thread.
  WarmFigures warm_figures() const { return cluster_.warm_figures(); }

  std::string_view name() const override { return "worker"; }
  Async<std::string> check() override;

 private:
  NewWorker offer() const;
  boost::asio::io_context& io_;
  const WorkerPorts ports_;
  DutyLoop& duties_;
  const std::string name_;
  const int slots_;
  const std::string instance_;
  const Equipment equipment_;
  const std::filesystem::path data_dir_;
  const std::string docker_socket_;
  const Isolation isolation_least_;
  LocalCluster cluster_;
  std::optional<DockerCluster> docker_;           // from start() on
  Isolation docker_isolation_ = Isolation::none;  // of runs there
  RuntimeRouter router_;
  RunJob run_job_;
  WorkLoop work_loop_;
  WorkerRegistration registration_;
  BeatWorker beat_;
  bool is_registered_ = false;
  enum class Phase : std::uint8_t { starting, running, stopping };
  std::atomic<Phase> phase_ = Phase::starting;  // what cluster_ found may be looked at from `running` on
};

}  // namespace orc
