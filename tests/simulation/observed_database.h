#pragma once

#include <functional>

#include "tests/fakes/memory_stores.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/observed_outbox.h"
#include "tests/simulation/simulated_process.h"

namespace orc::simulation {

// ObservedDatabase is the truth that all servers share: the stores of tests/fakes with the clock of its own host, where the ledger sees
// each change at the moment at which it takes place.
class ObservedDatabase final : public JobStore, public WorkerStore {
 public:
  struct Ports {
    SimulatedTime& time;
    Clock& clock;
    Ledger& ledger;
    std::function<bool(const std::string& process)> lives;
  };
  ObservedDatabase(Ports ports, PlantedBug bug) : ports_(std::move(ports)), bug_(bug) {}

  boost::asio::awaitable<SubmitOutcome> submit(std::vector<NewJob> jobs) override;
  Async<Claim> claim(WorkerId worker, int count) override;
  Async<void> report(WorkerId worker, RunName run, RunReport report) override { return jobs_.report(worker, run, std::move(report)); }
  Async<JobStatus> finish(AttemptEnd end) override;
  Async<JobStatus> cancel(JobId id) override;
  Async<void> retry(JobId id) override { return jobs_.retry(id); }
  Async<void> erase(JobId id) override { return jobs_.erase(id); }
  Async<Rescue> rescue(WorkerId dead, WorkerEnd end) override;
  Async<std::vector<JobId>> end_overdue(int count) override { return jobs_.end_overdue(count); }
  Async<EndedOrphans> end_orphans(int count) override { return jobs_.end_orphans(count); }

  Async<WorkerId> add(NewWorker worker) override;
  Async<void> beat(WorkerId id) override;
  Async<void> set_intake(WorkerId id, WorkerIntake intake) override { return workers_.set_intake(id, intake); }
  Async<std::vector<Worker>> list() override { return workers_.list(); }
  Async<void> remove(WorkerId id) override { return workers_.remove(id); }

  JobReader& reader() { return reader_; }
  PluginReader& plugins() { return plugin_reader_; }
  PluginStore& plugin_store() { return plugins_; }
  ObservedOutbox& outbox() { return outbox_; }
  const MemoryState& state() const { return state_; }

 private:
  void note(std::string_view what, std::int64_t a, std::int64_t b = -1) {
    ports_.time.trace.note(ports_.time.passed(), "database", what, a, b);
  }

  const Ports ports_;
  const PlantedBug bug_;
  MemoryState state_{ports_.clock};
  MemoryJobStore jobs_{state_};
  MemoryJobReader reader_{state_};
  MemoryWorkerStore workers_{state_};
  MemoryPluginStore plugins_{state_};
  MemoryPluginReader plugin_reader_{state_};
  ObservedOutbox outbox_{state_, ports_.lives, bug_};
};

}  // namespace orc::simulation
