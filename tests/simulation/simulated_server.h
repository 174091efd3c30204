#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "adapters/rest/worker_sessions.h"
#include "application/duties/end_orphans.h"
#include "application/duties/rescue_lost_workers.h"
#include "application/job/work_desk.h"
#include "tests/fakes/fake_schema_validator.h"
#include "tests/simulation/database_client.h"
#include "tests/simulation/fault_plan.h"
#include "tests/simulation/outbox_parts.h"
#include "tests/simulation/simulated_signals.h"
#include "tests/simulation/worker_parts.h"

namespace orc::simulation {

// SimulatedServer is one life of one server process, put together as src/app/server.cc does it, without HTTP: what comes over the network
// calls the same sessions and the same desk.
class SimulatedServer {
 public:
  struct Place {
    SimulatedTime& time;
    Dice& dice;
    WallClock& wall;
    Ledger& ledger;
    ObservedDatabase& database;
    const DatabaseFaults& database_faults;
    BlobStore& blobs;
    const FaultPlan& plan;
    SimulatedSignals::ToOthers to_others;
    std::function<void()> on_poison;
    const Listeners* listeners;  // null: nobody wants to be told anything
    Network::Host host;
  };
  SimulatedServer(Place place, std::string name);
  ~SimulatedServer() { process_.kill(); }

  void start() { process_.start(live()); }

  // Answers a request; nothing if it does not (yet) listen. `act` runs on this server; `done` is told of what it gave, unless the server
  // dies before.
  template <typename T>
  bool serve(std::function<Async<T>(SimulatedServer&)> act, std::function<void(Result<T>)> done) {
    if (!is_ready_ || !process_.is_alive()) return false;
    process_.after(Span{0}, [this, act = std::move(act), done = std::move(done)] { process_.start(serve_one<T>(act, done)); });
    return true;
  }

  // What a client asks for; the work of SubmitJobs and ChangeJob that concerns the queue.
  Async<JobId> submit(NewJob job);
  Async<JobStatus> cancel(JobId id);
  // Of a deliberation. Precondition: there are listeners.
  DeliberationStore& deliberations() { return outbox_->deliberations(); }

  SimulatedProcess& process() { return process_; }
  SimulatedSignals& signals() { return signals_; }
  WorkerSessions& sessions() { return sessions_; }

 private:
  boost::asio::awaitable<void> live();
  DatabaseLine line();

  template <typename T>
  boost::asio::awaitable<void> serve_one(std::function<Async<T>(SimulatedServer&)> act, std::function<void(Result<T>)> done) {
    auto result = co_await act(*this);
    done(std::move(result));
  }

  const Place place_;
  SimulatedProcess process_;
  SimulatedSignals signals_;
  DatabaseClient database_;
  FakeSchemaValidator schemas_;
  TracedLog log_;
  Payloads payloads_;
  WorkDesk desk_;
  WorkerSessions sessions_;
  RescueLostWorkers rescue_;
  EndOrphans end_orphans_;
  std::optional<WorkerParts> worker_;
  std::optional<OutboxParts> outbox_;
  bool is_ready_ = false;
};

}  // namespace orc::simulation
