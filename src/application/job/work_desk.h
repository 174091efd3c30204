#pragma once

#include <map>
#include <optional>
#include <set>

#include "application/job/payloads.h"
#include "ports/clock.h"
#include "ports/job_reader.h"
#include "ports/job_signals.h"
#include "ports/job_store.h"
#include "ports/plugin_store.h"
#include "ports/random_source.h"
#include "ports/schema_validator.h"
#include "ports/work_source.h"
#include "ports/worker_store.h"

namespace orc {

// A run that was given, but that its worker does not know of after this time, got lost on the way.
inline constexpr std::chrono::seconds run_delivery_max{10};

// WorkDesk is the side of the worker protocol that owns the store: it hands runs to workers, in this process and elsewhere, and decides
// what their outcomes mean. Several desks may serve one store. On one thread.
class WorkDesk final : public WorkSource {
 public:
  struct Ports {
    JobStore& store;
    JobReader& reader;
    WorkerStore& workers;
    PluginReader& plugins;
    SchemaValidator& schemas;
    JobSignals& signals;
    RandomSource& random;
    Clock& clock;
  };

  // `service` tells the jobs of this store from another's.
  WorkDesk(Ports ports, Payloads& payloads, std::uint64_t service) : ports_(ports), payloads_(payloads), service_(service) {}

  WorkDesk(const WorkDesk&) = delete;
  WorkDesk& operator=(const WorkDesk&) = delete;

  Async<WorkerId> sign_on(NewWorker worker) override;
  Async<void> beat(WorkerId worker, std::vector<RunName> held) override;
  Async<void> sign_off(WorkerId worker) override;
  Async<std::vector<Assignment>> claim(WorkerId worker, int count, SteadyTime until, std::stop_token stop) override;
  std::unique_ptr<Watch> watch(RunName run, std::function<void()> on_stop) override;
  Async<void> report(WorkerId worker, RunName run, RunReport report) override;
  Async<JobStatus> finish(WorkerId worker, RunName run, PluginOutcome outcome) override;

  // As beat(), and gives those of `held` that are not this worker's, or not any more: it must stop them.
  Async<std::vector<RunName>> confirm(WorkerId worker, const std::vector<RunName>& held);

  // A run that a claim gave, and that nobody will carry out: its job is due again at once, at no cost of an attempt. No error if it has
  // ended. Errors: unavailable; then the worker's beats find it, or its lease ends.
  Async<void> give_back(RunName run, std::string reason);

  // Errors: conflict, if that run is not this worker's, or not any more.
  Async<void> check(WorkerId worker, RunName run);

  // That worker is gone, or asks another desk from now on.
  void forget(WorkerId worker);

  // How many runs it remembers: those that it gave or that are watched here, and that have not ended.
  std::size_t remembered() const { return given_.size(); }

 private:
  class StopWatch;
  class RunSet;

  // What the end of a run is judged by.
  struct Terms {
    PluginVersionId version{};
    int attempt = 1;
    int attempts_max = 1;
  };

  // A run that this desk gave, or that somebody watches here.
  struct Given {
    WorkerId worker{};  // 0: another desk gave it
    Terms terms;
    SteadyTime at{};
    bool is_unwanted = false;
    std::function<void()> on_stop;
    std::unique_ptr<JobSignals::Watch> end_of_job;
  };

  // The end of a run that counts for nothing: its job is due again at once.
  static AttemptEnd without_cost(RunName run, std::string reason);

  Async<Assignment> prepare(const ClaimedJob& job);
  std::optional<AttemptEnd> end_of_late(const ClaimedJob& job, const PluginLimits& limits) const;
  Given& keep(RunName run);
  void call_off(RunName run);
  Async<void> take_back_undelivered(WorkerId worker, const RunSet& held, const RunSet& stored);
  Async<JobStatus> end_run(WorkerId worker, RunName run, PluginOutcome outcome);
  Async<JobStatus> tell_rest(WorkerId worker, RunName run, PluginOutcome outcome, Error why_not_more);
  Async<Terms> terms_of(WorkerId worker, RunName run);
  boost::asio::awaitable<void> hold_against_schema(const PluginVersion& version, PluginOutcome& outcome);
  Async<AttemptEnd> decide(RunName run, const Terms& terms, const PluginVersion& version, PluginOutcome outcome);
  Async<JobStatus> store_end(AttemptEnd end);
  SteadyTime next_look(const Claim& claim) const;
  void note_room(WorkerId worker, const Claim& claim, std::uint64_t hints);
  boost::asio::awaitable<void> wait_for_room(WorkerId worker, std::uint64_t hints, SteadyTime until);
  void room_comes(WorkerId worker);

  struct Undelivered {
    WorkerId worker{};
    SteadyTime since{};
  };

  Ports ports_;
  Payloads& payloads_;
  const std::uint64_t service_;
  std::map<RunName, Given> given_;
  // Workers whose last claim left jobs behind that would fit if less ran there, with the hints that it had heard. None of their runs has
  // ended at this desk since, nor is being ended.
  std::map<WorkerId, std::uint64_t> short_of_room_;
  std::multiset<WorkerId> waiting_for_room_;    // one for each claim that waits for a hint on such a worker's behalf
  std::map<RunName, Undelivered> undelivered_;  // the store knows of them, their worker does not
};

}  // namespace orc
