#include "adapters/rest/worker_sessions.h"

#include <algorithm>
#include <set>

#include "adapters/rest/side_by_side.h"

namespace orc {
namespace {

constexpr std::size_t sessions_max = 4096;
constexpr std::chrono::seconds sweep_interval{5};

std::unexpected<Error> no_such_worker(WorkerId worker) {
  return fail(ErrorCode::not_found, "worker " + std::to_string(std::to_underlying(worker)) +
                                        " is not signed on, or was taken for dead: sign on again; its jobs are somebody else's now");
}

// The end of a run that is somebody else's, or nobody's any more: what it used is still told if a cancel cut it off.
PluginOutcome what_is_left_of(PluginOutcome outcome) {
  PluginOutcome left{.how = AttemptOutcome::cancelled, .message = std::move(outcome.message)};
  left.usage = outcome.usage;
  left.image = std::move(outcome.image);
  return left;
}

}  // namespace

Async<WorkerId> WorkerSessions::sign_on(NewWorker worker) {
  forget_silent_ones();
  if (sessions_.size() >= sessions_max)
    co_return fail(ErrorCode::resource_exhausted, std::to_string(sessions_max) + " workers are signed on; no more can be");
  worker.home = WorkerHome::elsewhere;
  auto id = co_await ports_.desk.sign_on(std::move(worker));
  if (!id) co_return id;
  const auto session = std::make_shared<Session>();
  session->heard = session->beaten = ports_.clock.steady_now();
  sessions_[*id] = session;
  co_return id;
}

Async<void> WorkerSessions::sign_off(WorkerId worker) {
  const auto session = co_await open(worker);
  if (!session) co_return std::unexpected(session.error());
  forget(worker);
  co_return co_await ports_.desk.sign_off(worker);
}

// The store is asked once for each worker that came from another process or from before a restart. A worker of this process has no session:
// nobody can act as it from outside.
Async<std::shared_ptr<WorkerSessions::Session>> WorkerSessions::open(WorkerId worker) {
  forget_silent_ones();
  if (!sessions_.contains(worker)) {
    const auto workers = co_await ports_.workers.list();
    if (!workers) co_return std::unexpected(workers.error());
    const auto known = std::ranges::find(*workers, worker, &Worker::id);
    if (known == workers->end() || known->home != WorkerHome::elsewhere) co_return no_such_worker(worker);
    if (sessions_.size() >= sessions_max) co_return fail(ErrorCode::resource_exhausted, "too many workers speak with this server");
    const auto session = sessions_.try_emplace(worker, std::make_shared<Session>()).first->second;
    session->beaten = ports_.clock.steady_now();
  }
  auto session = sessions_.at(worker);
  session->heard = ports_.clock.steady_now();
  co_return session;
}

void WorkerSessions::forget(WorkerId worker) {
  const auto found = sessions_.find(worker);
  if (found == sessions_.end()) return;
  const auto session = std::move(found->second);
  sessions_.erase(found);
  session->claim.request_stop();
  if (session->listener) session->listener->wake();
  session->runs.clear();
  ports_.desk.forget(worker);
}

void WorkerSessions::forget_silent_ones() {
  const SteadyTime now = ports_.clock.steady_now();
  if (now - swept_ < sweep_interval) return;
  swept_ = now;
  std::vector<WorkerId> silent;
  for (const auto& [worker, session] : sessions_) {
    if (now - session->heard >= silence_max) silent.push_back(worker);
    if (now - session->beaten >= silence_max)
      std::erase_if(session->runs, [&](const auto& entry) { return now - entry.second.since >= silence_max; });
  }
  for (const WorkerId worker : silent) forget(worker);
}

void WorkerSessions::watch(const std::shared_ptr<Session>& session, RunName run) {
  const auto [place, is_new] = session->runs.try_emplace(run);
  if (!is_new) return;
  place->second.since = ports_.clock.steady_now();
  // The session outlives the watch, which it holds.
  Session* const its_session = session.get();
  auto watch = ports_.desk.watch(run, [its_session, run] {
    const auto found = its_session->runs.find(run);
    if (found == its_session->runs.end()) return;
    found->second.must_stop = true;
    if (its_session->listener) its_session->listener->wake();
  });
  place->second.watch = std::move(watch);
}

// What is neither held nor on its way to the worker need not be watched any more. What it holds but lost - or never had - is not watched
// either: somebody else may be running it.
void WorkerSessions::follow(const std::shared_ptr<Session>& session, const std::vector<RunName>& held, const std::vector<RunName>& lost) {
  const std::set<RunName> lost_now(lost.begin(), lost.end());
  for (const RunName run : held) {
    if (lost_now.contains(run)) {
      Run& known = session->runs[run];
      known.watch.reset();
      known.must_stop = true;
    } else {
      watch(session, run);
    }
    session->runs.at(run).was_held = true;
  }
  const std::set<RunName> now_held(held.begin(), held.end());
  const SteadyTime now = ports_.clock.steady_now();
  std::erase_if(session->runs, [&](const auto& entry) {
    const auto& [run, known] = entry;
    return !now_held.contains(run) && (known.was_held || now - known.since >= run_delivery_max);
  });
}

Async<std::vector<RunName>> WorkerSessions::beat(WorkerId worker, std::vector<RunName> held, std::chrono::seconds wait) {
  const auto opened = co_await open(worker);
  if (!opened) co_return std::unexpected(opened.error());
  const auto& session = *opened;
  session->beaten = ports_.clock.steady_now();
  auto lost = co_await ports_.desk.confirm(worker, held);
  if (!lost) {
    if (lost.error().code == ErrorCode::not_found) forget(worker);
    co_return lost;
  }
  follow(session, held, *lost);
  if (wait.count() > 0) co_await listen(session, ports_.clock.steady_now() + wait);
  std::vector<RunName> stops;
  for (auto& [run, known] : session->runs) {
    if (!known.must_stop) continue;
    known.is_told = true;
    stops.push_back(run);
  }
  co_return stops;
}

// Told again with every answer as long as it is held: an answer may get lost. Only news end the wait.
boost::asio::awaitable<void> WorkerSessions::listen(std::shared_ptr<Session> session, SteadyTime until) {
  const auto has_news = [&] {
    return std::ranges::any_of(session->runs, [](const auto& e) { return e.second.must_stop && !e.second.is_told; });
  };
  if (is_closing_ || has_news()) co_return;
  const auto mine = ports_.wake_ups.make();
  if (session->listener) session->listener->wake();
  session->listener = mine.get();
  co_await mine->wait(until);
  if (session->listener == mine.get()) session->listener = nullptr;
}

Async<std::vector<Assignment>> WorkerSessions::claim(WorkerId worker, int count, std::chrono::seconds wait, std::stop_token gone) {
  const auto opened = co_await open(worker);
  if (!opened) co_return std::unexpected(opened.error());
  const auto& session = *opened;
  session->claim.request_stop();
  if (count == 0) co_return std::vector<Assignment>{};
  session->claim = std::stop_source();
  if (is_closing_) wait = std::chrono::seconds{0};
  const std::stop_callback end_wait(gone, [mine = session->claim]() mutable { mine.request_stop(); });
  auto runs = co_await ports_.desk.claim(worker, count, ports_.clock.steady_now() + wait, session->claim.get_token());
  if (!runs) {
    if (runs.error().code == ErrorCode::not_found) forget(worker);
    co_return runs;
  }
  if (gone.stop_requested()) {
    for (const Assignment& run : *runs)
      if (auto back = co_await ports_.desk.give_back(run.run, "its worker was gone before it heard of it; it runs again"); !back)
        co_return pass_on(back);
    runs->clear();
  }
  for (const Assignment& run : *runs) watch(session, run.run);
  co_return runs;
}

Async<JobStatus> WorkerSessions::report_one(WorkerId worker, ReportedRun reported) {
  auto taken = co_await ports_.desk.report(worker, reported.run, std::move(reported.report));
  if (!taken) co_return pass_on(taken);
  co_return JobStatus::processing;
}

Async<std::vector<Result<JobStatus>>> WorkerSessions::report(WorkerId worker, std::vector<ReportedRun> reports) {
  const auto opened = co_await open(worker);
  if (!opened) co_return std::unexpected(opened.error());
  std::vector<Async<JobStatus>> works;
  for (ReportedRun& reported : reports) works.push_back(report_one(worker, std::move(reported)));
  co_return co_await side_by_side(std::move(works), ports_.wake_ups);
}

// A result whose files cannot be read is worth less than one that is told to have failed.
Async<void> WorkerSessions::check_artifacts(const std::vector<Artifact>& artifacts) {
  for (const Artifact& artifact : artifacts) {
    const auto refuse = [&](const std::string& why) {
      return fail(ErrorCode::invalid_argument, "artifacts: the blob of " + artifact.name + ", " + to_hex(artifact.hash) + ", " + why);
    };
    const auto bytes = co_await ports_.blobs.size(artifact.hash);
    if (!bytes && bytes.error().code == ErrorCode::not_found) co_return refuse("was not uploaded");
    if (!bytes) co_return std::unexpected(bytes.error());
    if (*bytes != artifact.bytes)
      co_return refuse("has " + std::to_string(*bytes) + " bytes, and not the " + std::to_string(artifact.bytes) + " that the end says");
  }
  co_return Result<void>{};
}

Async<JobStatus> WorkerSessions::finish_one(WorkerId worker, FinishedRun end) {
  if (end.output_blob || !end.outcome.artifacts.empty()) {
    auto mine = co_await ports_.desk.check(worker, end.run);
    if (!mine && mine.error().code == ErrorCode::conflict)
      end = {.run = end.run, .outcome = what_is_left_of(std::move(end.outcome)), .output_blob = {}};
    else if (!mine)
      co_return pass_on(mine);
  }
  if (auto kept = co_await check_artifacts(end.outcome.artifacts); !kept) co_return pass_on(kept);
  if (end.output_blob) {
    auto output = co_await ports_.blobs.get(*end.output_blob);
    if (!output && output.error().code == ErrorCode::not_found)
      co_return fail(ErrorCode::invalid_argument, "output_blob " + to_hex(*end.output_blob) + " was not uploaded");
    if (!output) co_return pass_on(output);
    end.outcome.output = std::move(*output);
  }
  co_return co_await ports_.desk.finish(worker, end.run, std::move(end.outcome));
}

Async<std::vector<Result<JobStatus>>> WorkerSessions::finish(WorkerId worker, std::vector<FinishedRun> ends) {
  const auto opened = co_await open(worker);
  if (!opened) co_return std::unexpected(opened.error());
  const auto& session = *opened;
  std::vector<RunName> names;
  std::vector<Async<JobStatus>> works;
  std::vector<std::optional<Result<JobStatus>>> large(ends.size());
  // Large outputs, up to 64 MiB each, are in memory one at a time.
  for (std::size_t i = 0; i < ends.size(); ++i) {
    names.push_back(ends[i].run);
    if (ends[i].output_blob)
      large[i] = co_await finish_one(worker, std::move(ends[i]));
    else
      works.push_back(finish_one(worker, std::move(ends[i])));
  }
  auto small = co_await side_by_side(std::move(works), ports_.wake_ups);
  std::vector<Result<JobStatus>> results;
  auto next = small.begin();
  for (auto& one : large) results.push_back(one ? std::move(*one) : std::move(*next++));
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool comes_again =
        !results[i] && (results[i].error().code == ErrorCode::unavailable || results[i].error().code == ErrorCode::resource_exhausted);
    if (!comes_again) session->runs.erase(names[i]);
  }
  co_return results;
}

void WorkerSessions::end_waits() {
  is_closing_ = true;
  for (const auto& [worker, session] : sessions_) {
    session->claim.request_stop();
    if (session->listener) session->listener->wake();
  }
}

}  // namespace orc
