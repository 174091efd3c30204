#include "tests/simulation/database_client.h"

namespace orc::simulation {
boost::asio::awaitable<SubmitOutcome> DatabaseClient::submit(std::vector<NewJob> jobs) {
  return line_.call<SubmitOutcome>(Kind::change, [&db = database_, jobs = std::move(jobs)] { return db.submit(jobs); });
}

Async<Claim> DatabaseClient::claim(WorkerId worker, int count) {
  return line_.call<Result<Claim>>(Kind::change, [&db = database_, worker, count] { return db.claim(worker, count); });
}

Async<void> DatabaseClient::report(WorkerId worker, RunName run, RunReport report) {
  return line_.call<Result<void>>(Kind::change,
                                  [&db = database_, worker, run, report = std::move(report)] { return db.report(worker, run, report); });
}

Async<JobStatus> DatabaseClient::finish(AttemptEnd end) {
  return line_.call<Result<JobStatus>>(Kind::change, [&db = database_, end = std::move(end)] { return db.finish(end); });
}

Async<JobStatus> DatabaseClient::cancel(JobId id) {
  return line_.call<Result<JobStatus>>(Kind::change, [&db = database_, id] { return db.cancel(id); });
}

Async<void> DatabaseClient::retry(JobId id) {
  return line_.call<Result<void>>(Kind::change, [&db = database_, id] { return db.retry(id); });
}

Async<void> DatabaseClient::erase(JobId id) {
  return line_.call<Result<void>>(Kind::change, [&db = database_, id] { return db.erase(id); });
}

Async<Rescue> DatabaseClient::rescue(WorkerId dead, WorkerEnd end) {
  return line_.call<Result<Rescue>>(Kind::change, [&db = database_, dead, end] { return db.rescue(dead, end); });
}

Async<std::vector<JobId>> DatabaseClient::end_overdue(int count) {
  return line_.call<Result<std::vector<JobId>>>(Kind::change, [&db = database_, count] { return db.end_overdue(count); });
}

Async<EndedOrphans> DatabaseClient::end_orphans(int count) {
  return line_.call<Result<EndedOrphans>>(Kind::change, [&db = database_, count] { return db.end_orphans(count); });
}

Async<WorkerId> DatabaseClient::add(NewWorker worker) {
  return line_.call<Result<WorkerId>>(Kind::change, [&db = database_, worker = std::move(worker)] { return db.add(worker); });
}

Async<void> DatabaseClient::beat(WorkerId id) {
  return line_.call<Result<void>>(Kind::change, [&db = database_, id] { return db.beat(id); });
}

Async<void> DatabaseClient::set_intake(WorkerId id, WorkerIntake intake) {
  return line_.call<Result<void>>(Kind::change, [&db = database_, id, intake] { return db.set_intake(id, intake); });
}

Async<std::vector<Worker>> DatabaseClient::list() {
  return line_.call<Result<std::vector<Worker>>>(Kind::question, [&db = database_] { return db.list(); });
}

Async<void> DatabaseClient::remove(WorkerId id) {
  return line_.call<Result<void>>(Kind::change, [&db = database_, id] { return db.remove(id); });
}

Async<std::string> DatabaseClient::check() {
  return line_.call<Result<std::string>>(Kind::change, []() -> Async<std::string> { co_return "writes are durable"; });
}

Async<Job> DatabaseClient::get(JobId id) {
  return line_.call<Result<Job>>(Kind::question, [&db = database_, id] { return db.reader().get(id); });
}

Async<std::vector<std::optional<EarlierSubmission>>> DatabaseClient::earlier_submissions(std::optional<UserId> owner,
                                                                                         std::vector<std::string> keys) {
  return line_.call<Result<std::vector<std::optional<EarlierSubmission>>>>(
      Kind::question, [&db = database_, owner, keys = std::move(keys)] { return db.reader().earlier_submissions(owner, keys); });
}

Async<JobPage> DatabaseClient::list(JobFilter filter, Page page) {
  return line_.call<Result<JobPage>>(Kind::question,
                                     [&db = database_, filter = std::move(filter), page] { return db.reader().list(filter, page); });
}

Async<JobCounts> DatabaseClient::counts(std::optional<UserId> owner) {
  return line_.call<Result<JobCounts>>(Kind::question, [&db = database_, owner] { return db.reader().counts(owner); });
}

Async<std::vector<RunName>> DatabaseClient::runs_of(WorkerId worker) {
  return line_.call<Result<std::vector<RunName>>>(Kind::question, [&db = database_, worker] { return db.reader().runs_of(worker); });
}

Async<WaitingBefore> DatabaseClient::waiting_before(JobId id) {
  return line_.call<Result<WaitingBefore>>(Kind::question, [&db = database_, id] { return db.reader().waiting_before(id); });
}

Async<std::vector<WorkerLoad>> DatabaseClient::worker_loads() {
  return line_.call<Result<std::vector<WorkerLoad>>>(Kind::question, [&db = database_] { return db.reader().worker_loads(); });
}

Async<std::vector<Attempt>> DatabaseClient::attempts(JobId id) {
  return line_.call<Result<std::vector<Attempt>>>(Kind::question, [&db = database_, id] { return db.reader().attempts(id); });
}

Async<std::vector<Artifact>> DatabaseClient::artifacts(JobId id) {
  return line_.call<Result<std::vector<Artifact>>>(Kind::question, [&db = database_, id] { return db.reader().artifacts(id); });
}

Async<LogPage> DatabaseClient::log(JobId id, std::int64_t from, int limit) {
  return line_.call<Result<LogPage>>(Kind::question, [&db = database_, id, from, limit] { return db.reader().log(id, from, limit); });
}

Async<DeadLetterPage> DatabaseClient::dead_letters(Page page) {
  return line_.call<Result<DeadLetterPage>>(Kind::question, [&db = database_, page] { return db.reader().dead_letters(page); });
}

Async<std::optional<std::chrono::milliseconds>> DatabaseClient::oldest_wait() {
  return line_.call<Result<std::optional<std::chrono::milliseconds>>>(Kind::question,
                                                                      [&db = database_] { return db.reader().oldest_wait(); });
}

// A view into the caller's text would not outlive the call: the plugin readers of the product are asked by name from the API only.
Async<Plugin> DatabaseClient::by_name(std::string_view name) { return database_.plugins().by_name(name); }

Async<Plugin> DatabaseClient::by_id(PluginId id) {
  return line_.call<Result<Plugin>>(Kind::question, [&db = database_, id] { return db.plugins().by_id(id); });
}

Async<PluginVersion> DatabaseClient::version(PluginVersionId id) {
  return line_.call<Result<PluginVersion>>(Kind::question, [&db = database_, id] { return db.plugins().version(id); });
}

Async<std::vector<PluginVersion>> DatabaseClient::versions(PluginId id) {
  return line_.call<Result<std::vector<PluginVersion>>>(Kind::question, [&db = database_, id] { return db.plugins().versions(id); });
}

Async<PluginPage> DatabaseClient::list(std::string_view name_part, Page page) { return database_.plugins().list(name_part, page); }

}  // namespace orc::simulation
