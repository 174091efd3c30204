#include "tests/simulation/database_client.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>

namespace orc::simulation {
namespace {

constexpr std::chrono::seconds patience{2};  // of the product's adapters
constexpr Span way_min{50};
constexpr Span way_max{1'500};
constexpr Span slow_max = std::chrono::seconds{4};

Error away() { return {ErrorCode::unavailable, "the database does not answer"}; }

template <typename Answer>
Answer unavailable() {
  if constexpr (std::is_same_v<typename Answer::error_type, SubmitRefusal>)
    return std::unexpected(SubmitRefusal{.error = away()});
  else
    return std::unexpected(away());
}

}  // namespace

template <typename Answer>
boost::asio::awaitable<Answer> DatabaseClient::call(Kind kind, std::function<boost::asio::awaitable<Answer>()> act) {
  const DatabaseFaults& faults = ports_.faults;
  Dice& dice = ports_.dice;
  const SteadyTime until = ports_.time.now() + patience;
  const bool is_change = kind == Kind::change;
  const bool is_refused = is_change && dice.chance(faults.refused_changes);
  const bool is_lost = is_change && dice.chance(faults.lost_commits);
  Span way_back = dice.between(way_min, way_max);
  if (dice.chance(faults.slow_answers)) way_back += dice.between(Span{0}, slow_max);
  const auto reply = std::make_shared<Reply<Answer>>(ports_.process);
  const auto answer = [reply, way_back, is_lost, &time = ports_.time](const std::exception_ptr& thrown, Answer result) {
    if (thrown) std::rethrow_exception(thrown);
    if (!is_lost) time.after(way_back, [reply, result = std::move(result)]() mutable { reply->come(std::move(result)); });
  };
  // It goes on without us: what a killed server has sent takes place all the same.
  ports_.time.after(dice.between(way_min, way_max), [reply, is_refused, answer, &faults, act = std::move(act), &time = ports_.time] {
    if (faults.is_away) return;
    if (is_refused)
      reply->come(unavailable<Answer>());
    else
      boost::asio::co_spawn(time.loop(), act(), answer);
  });
  auto result = co_await reply->wait(until);
  co_return result ? std::move(*result) : unavailable<Answer>();
}

boost::asio::awaitable<SubmitOutcome> DatabaseClient::submit(std::vector<NewJob> jobs) {
  return call<SubmitOutcome>(Kind::change, [&db = ports_.database, jobs = std::move(jobs)] { return db.submit(jobs); });
}

Async<Claim> DatabaseClient::claim(WorkerId worker, int count) {
  return call<Result<Claim>>(Kind::change, [&db = ports_.database, worker, count] { return db.claim(worker, count); });
}

Async<void> DatabaseClient::report(WorkerId worker, RunName run, RunReport report) {
  return call<Result<void>>(Kind::change,
                            [&db = ports_.database, worker, run, report = std::move(report)] { return db.report(worker, run, report); });
}

Async<JobStatus> DatabaseClient::finish(AttemptEnd end) {
  return call<Result<JobStatus>>(Kind::change, [&db = ports_.database, end = std::move(end)] { return db.finish(end); });
}

Async<JobStatus> DatabaseClient::cancel(JobId id) {
  return call<Result<JobStatus>>(Kind::change, [&db = ports_.database, id] { return db.cancel(id); });
}

Async<void> DatabaseClient::retry(JobId id) {
  return call<Result<void>>(Kind::change, [&db = ports_.database, id] { return db.retry(id); });
}

Async<void> DatabaseClient::erase(JobId id) {
  return call<Result<void>>(Kind::change, [&db = ports_.database, id] { return db.erase(id); });
}

Async<Rescue> DatabaseClient::rescue(WorkerId dead, WorkerEnd end) {
  return call<Result<Rescue>>(Kind::change, [&db = ports_.database, dead, end] { return db.rescue(dead, end); });
}

Async<std::vector<JobId>> DatabaseClient::end_overdue(int count) {
  return call<Result<std::vector<JobId>>>(Kind::change, [&db = ports_.database, count] { return db.end_overdue(count); });
}

Async<EndedOrphans> DatabaseClient::end_orphans(int count) {
  return call<Result<EndedOrphans>>(Kind::change, [&db = ports_.database, count] { return db.end_orphans(count); });
}

Async<WorkerId> DatabaseClient::add(NewWorker worker) {
  return call<Result<WorkerId>>(Kind::change, [&db = ports_.database, worker = std::move(worker)] { return db.add(worker); });
}

Async<void> DatabaseClient::beat(WorkerId id) {
  return call<Result<void>>(Kind::change, [&db = ports_.database, id] { return db.beat(id); });
}

Async<void> DatabaseClient::set_intake(WorkerId id, WorkerIntake intake) {
  return call<Result<void>>(Kind::change, [&db = ports_.database, id, intake] { return db.set_intake(id, intake); });
}

Async<std::vector<Worker>> DatabaseClient::list() {
  return call<Result<std::vector<Worker>>>(Kind::question, [&db = ports_.database] { return db.list(); });
}

Async<void> DatabaseClient::remove(WorkerId id) {
  return call<Result<void>>(Kind::change, [&db = ports_.database, id] { return db.remove(id); });
}

Async<std::string> DatabaseClient::check() {
  return call<Result<std::string>>(Kind::change, []() -> Async<std::string> { co_return "writes are durable"; });
}

Async<Job> DatabaseClient::get(JobId id) {
  return call<Result<Job>>(Kind::question, [&db = ports_.database, id] { return db.reader().get(id); });
}

Async<std::vector<std::optional<EarlierSubmission>>> DatabaseClient::earlier_submissions(std::optional<UserId> owner,
                                                                                         std::vector<std::string> keys) {
  return call<Result<std::vector<std::optional<EarlierSubmission>>>>(
      Kind::question, [&db = ports_.database, owner, keys = std::move(keys)] { return db.reader().earlier_submissions(owner, keys); });
}

Async<JobPage> DatabaseClient::list(JobFilter filter, Page page) {
  return call<Result<JobPage>>(Kind::question,
                               [&db = ports_.database, filter = std::move(filter), page] { return db.reader().list(filter, page); });
}

Async<JobCounts> DatabaseClient::counts(std::optional<UserId> owner) {
  return call<Result<JobCounts>>(Kind::question, [&db = ports_.database, owner] { return db.reader().counts(owner); });
}

Async<std::vector<RunName>> DatabaseClient::runs_of(WorkerId worker) {
  return call<Result<std::vector<RunName>>>(Kind::question, [&db = ports_.database, worker] { return db.reader().runs_of(worker); });
}

Async<WaitingBefore> DatabaseClient::waiting_before(JobId id) {
  return call<Result<WaitingBefore>>(Kind::question, [&db = ports_.database, id] { return db.reader().waiting_before(id); });
}

Async<std::vector<WorkerLoad>> DatabaseClient::worker_loads() {
  return call<Result<std::vector<WorkerLoad>>>(Kind::question, [&db = ports_.database] { return db.reader().worker_loads(); });
}

Async<std::vector<Attempt>> DatabaseClient::attempts(JobId id) {
  return call<Result<std::vector<Attempt>>>(Kind::question, [&db = ports_.database, id] { return db.reader().attempts(id); });
}

Async<std::vector<Artifact>> DatabaseClient::artifacts(JobId id) {
  return call<Result<std::vector<Artifact>>>(Kind::question, [&db = ports_.database, id] { return db.reader().artifacts(id); });
}

Async<LogPage> DatabaseClient::log(JobId id, std::int64_t from, int limit) {
  return call<Result<LogPage>>(Kind::question, [&db = ports_.database, id, from, limit] { return db.reader().log(id, from, limit); });
}

Async<DeadLetterPage> DatabaseClient::dead_letters(Page page) {
  return call<Result<DeadLetterPage>>(Kind::question, [&db = ports_.database, page] { return db.reader().dead_letters(page); });
}

Async<std::optional<std::chrono::milliseconds>> DatabaseClient::oldest_wait() {
  return call<Result<std::optional<std::chrono::milliseconds>>>(Kind::question,
                                                                [&db = ports_.database] { return db.reader().oldest_wait(); });
}

// A view into the caller's text would not outlive the call: the plugin readers of the product are asked by name from the API only.
Async<Plugin> DatabaseClient::by_name(std::string_view name) { return ports_.database.plugins().by_name(name); }

Async<Plugin> DatabaseClient::by_id(PluginId id) {
  return call<Result<Plugin>>(Kind::question, [&db = ports_.database, id] { return db.plugins().by_id(id); });
}

Async<PluginVersion> DatabaseClient::version(PluginVersionId id) {
  return call<Result<PluginVersion>>(Kind::question, [&db = ports_.database, id] { return db.plugins().version(id); });
}

Async<std::vector<PluginVersion>> DatabaseClient::versions(PluginId id) {
  return call<Result<std::vector<PluginVersion>>>(Kind::question, [&db = ports_.database, id] { return db.plugins().versions(id); });
}

Async<PluginPage> DatabaseClient::list(std::string_view name_part, Page page) { return ports_.database.plugins().list(name_part, page); }

}  // namespace orc::simulation
