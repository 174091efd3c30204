#pragma once

#include "ports/readiness.h"
#include "tests/simulation/database_line.h"
#include "tests/simulation/observed_database.h"

namespace orc::simulation {

// DatabaseClient is the database as one server sees it, but for its outboxes.
class DatabaseClient final : public JobStore, public WorkerStore, public JobReader, public PluginReader, public ReadinessProbe {
 public:
  DatabaseClient(ObservedDatabase& database, DatabaseLine line) : database_(database), line_(line) {}

  boost::asio::awaitable<SubmitOutcome> submit(std::vector<NewJob> jobs) override;
  Async<Claim> claim(WorkerId worker, int count) override;
  Async<void> report(WorkerId worker, RunName run, RunReport report) override;
  Async<JobStatus> finish(AttemptEnd end) override;
  Async<JobStatus> cancel(JobId id) override;
  Async<void> retry(JobId id) override;
  Async<void> erase(JobId id) override;
  Async<Rescue> rescue(WorkerId dead, WorkerEnd end) override;
  Async<std::vector<JobId>> end_overdue(int count) override;
  Async<EndedOrphans> end_orphans(int count) override;

  Async<WorkerId> add(NewWorker worker) override;
  Async<void> beat(WorkerId id) override;
  Async<void> set_intake(WorkerId id, WorkerIntake intake) override;
  Async<std::vector<Worker>> list() override;
  Async<void> remove(WorkerId id) override;

  std::string_view name() const override { return "database"; }
  Async<std::string> check() override;

  Async<Job> get(JobId id) override;
  Async<std::vector<std::optional<EarlierSubmission>>> earlier_submissions(std::optional<UserId> owner,
                                                                           std::vector<std::string> keys) override;
  Async<JobPage> list(JobFilter filter, Page page) override;
  Async<JobCounts> counts(std::optional<UserId> owner) override;
  Async<std::vector<RunName>> runs_of(WorkerId worker) override;
  Async<WaitingBefore> waiting_before(JobId id) override;
  Async<std::vector<WorkerLoad>> worker_loads() override;
  Async<std::vector<Attempt>> attempts(JobId id) override;
  Async<std::vector<Artifact>> artifacts(JobId id) override;
  Async<LogPage> log(JobId id, std::int64_t from, int limit) override;
  Async<DeadLetterPage> dead_letters(Page page) override;
  Async<std::optional<std::chrono::milliseconds>> oldest_wait() override;

  Async<Plugin> by_name(std::string_view name) override;
  Async<Plugin> by_id(PluginId id) override;
  Async<PluginVersion> version(PluginVersionId id) override;
  Async<std::vector<PluginVersion>> versions(PluginId id) override;
  Async<PluginPage> list(std::string_view name_part, Page page) override;

 private:
  using Kind = DatabaseLine::Kind;

  ObservedDatabase& database_;
  const DatabaseLine line_;
};

}  // namespace orc::simulation
