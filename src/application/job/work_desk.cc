#include "application/job/work_desk.h"

#include <algorithm>
#include <iterator>

#include "application/plugin/judge_output.h"
#include "domain/job/verdict.h"

namespace orc {
// A worker may hold thousands.
class WorkDesk::RunSet {
 public:
  explicit RunSet(std::vector<RunName> runs) : runs_(std::move(runs)) { std::ranges::sort(runs_); }
  bool holds(RunName run) const { return std::ranges::binary_search(runs_, run); }
  auto begin() const { return runs_.begin(); }
  auto end() const { return runs_.end(); }

 private:
  std::vector<RunName> runs_;
};

class WorkDesk::StopWatch final : public Watch {
 public:
  StopWatch(WorkDesk& desk, RunName run) : desk_(desk), run_(run) {}
  StopWatch(const StopWatch&) = delete;
  StopWatch& operator=(const StopWatch&) = delete;
  ~StopWatch() override {
    const auto given = desk_.given_.find(run_);
    if (given == desk_.given_.end()) return;
    desk_.given_.erase(given);
  }

 private:
  WorkDesk& desk_;
  const RunName run_;
};

AttemptEnd WorkDesk::without_cost(RunName run, std::string reason) {
  return {.id = run.job,
          .fence = run.fence,
          .trigger = JobTrigger::given_back,
          .outcome = AttemptOutcome::given_back,
          .result = {},
          .message = std::move(reason),
          .wait = {},
          .exit_code = {},
          .usage = {},
          .isolation = {},
          .log = {}};
}

Async<WorkerId> WorkDesk::sign_on(NewWorker worker) { co_return co_await ports_.workers.add(std::move(worker)); }

// A claim of its that still waits, here or at another desk, wins nothing once the worker is closed. One that was under way just then may
// have won something: removing the worker waits for it, and then it is seen.
Async<void> WorkDesk::sign_off(WorkerId worker) {
  forget(worker);
  auto closed = co_await ports_.workers.set_intake(worker, WorkerIntake::draining);
  if (!closed) co_return closed.error().code == ErrorCode::not_found ? Result<void>{} : closed;
  for (bool is_removed = false;; is_removed = true) {
    const auto left = co_await ports_.reader.runs_of(worker);
    if (!left) co_return std::unexpected(left.error());
    if (left->empty() && is_removed) co_return Result<void>{};
    for (const RunName run : *left)
      if (auto back = co_await give_back(run, "its worker has signed off; it runs again"); !back) co_return back;
    if (auto removed = co_await ports_.workers.remove(worker); !removed) co_return removed;
  }
}

Async<void> WorkDesk::give_back(RunName run, std::string reason) {
  const auto status = co_await store_end(without_cost(run, std::move(reason)));
  const bool is_ended_already = !status && (status.error().code == ErrorCode::conflict || status.error().code == ErrorCode::not_found);
  if (!status && !is_ended_already) co_return std::unexpected(status.error());
  co_return Result<void>{};
}

void WorkDesk::forget(WorkerId worker) {
  std::erase_if(given_, [&](const auto& entry) { return entry.second.worker == worker; });
  std::erase_if(undelivered_, [&](const auto& entry) { return entry.second.worker == worker; });
  short_of_room_.erase(worker);
}

Async<void> WorkDesk::beat(WorkerId worker, std::vector<RunName> held) {
  const auto lost = co_await confirm(worker, held);
  if (!lost) co_return std::unexpected(lost.error());
  for (const RunName run : *lost) call_off(run);
  co_return Result<void>{};
}

Async<std::vector<RunName>> WorkDesk::confirm(WorkerId worker, const std::vector<RunName>& held) {
  if (auto beaten = co_await ports_.workers.beat(worker); !beaten) co_return pass_on(beaten);
  const SteadyTime asked_at = ports_.clock.steady_now();
  auto rows = co_await ports_.reader.runs_of(worker);
  if (!rows) co_return pass_on(rows);
  const RunSet stored(std::move(*rows)), known(held);
  // What is neither held nor stored has ended at another desk.
  std::erase_if(given_, [&](const auto& entry) {
    return entry.second.worker == worker && entry.second.at < asked_at && !known.holds(entry.first) && !stored.holds(entry.first);
  });
  if (auto done = co_await take_back_undelivered(worker, known, stored); !done) co_return pass_on(done);
  std::vector<RunName> lost;
  std::ranges::copy_if(held, std::back_inserter(lost), [&](RunName run) { return !stored.holds(run); });
  co_return lost;
}

Async<void> WorkDesk::check(WorkerId worker, RunName run) {
  const auto terms = co_await terms_of(worker, run);
  if (!terms) co_return std::unexpected(terms.error());
  co_return Result<void>{};
}

// An answer to claim() that did not arrive would leave its jobs with a worker that lives and knows nothing of them.
Async<void> WorkDesk::take_back_undelivered(WorkerId worker, const RunSet& held, const RunSet& stored) {
  std::erase_if(undelivered_, [&](const auto& entry) {
    return entry.second.worker == worker && (held.holds(entry.first) || !stored.holds(entry.first));
  });
  const SteadyTime now = ports_.clock.steady_now();
  for (const RunName run : stored) {
    if (held.holds(run)) continue;
    const auto known = undelivered_.try_emplace(run, Undelivered{.worker = worker, .since = now}).first;
    if (now - known->second.since < run_delivery_max) continue;
    undelivered_.erase(known);
    auto status = co_await store_end(without_cost(run, "it did not reach its worker; it runs again"));
    if (!status && status.error().code == ErrorCode::unavailable) co_return pass_on(status);
  }
  co_return Result<void>{};
}

// Watched from the moment of the claim, so that no cancellation falls between it and the start of the plugin.
WorkDesk::Given& WorkDesk::keep(RunName run) {
  Given& given = given_[run];
  if (given.end_of_job) return given;
  given.at = ports_.clock.steady_now();
  given.end_of_job = ports_.signals.watch(run.job, [this, run] { call_off(run); });
  return given;
}

std::unique_ptr<WorkSource::Watch> WorkDesk::watch(RunName run, std::function<void()> on_stop) {
  Given& given = keep(run);
  if (given.is_unwanted)
    on_stop();
  else
    given.on_stop = std::move(on_stop);
  return std::make_unique<StopWatch>(*this, run);
}

void WorkDesk::call_off(RunName run) {
  const auto given = given_.find(run);
  if (given == given_.end() || std::exchange(given->second.is_unwanted, true)) return;
  if (const auto on_stop = std::exchange(given->second.on_stop, nullptr)) on_stop();
}

Async<void> WorkDesk::report(WorkerId worker, RunName run, RunReport report) {
  co_return co_await ports_.store.report(worker, run, std::move(report));
}

Async<JobStatus> WorkDesk::finish(WorkerId worker, RunName run, PluginOutcome outcome) {
  auto status = co_await end_run(worker, run, std::move(outcome));
  // Also when the run had been taken away before. A claim that was woken before the end was stored may have looked too early.
  room_comes(worker);
  co_return status;
}

Async<JobStatus> WorkDesk::end_run(WorkerId worker, RunName run, PluginOutcome outcome) {
  auto terms = co_await terms_of(worker, run);
  if (!terms && terms.error().code == ErrorCode::conflict)
    co_return co_await tell_rest(worker, run, std::move(outcome), std::move(terms).error());
  if (!terms) co_return pass_on(terms);
  if (outcome.how == AttemptOutcome::given_back) {
    AttemptEnd end = without_cost(run, std::move(outcome.message));
    end.log = std::move(outcome.log);
    co_return co_await store_end(std::move(end));
  }
  auto version = co_await ports_.plugins.version(terms->version);
  if (!version) co_return pass_on(version);
  co_await hold_against_schema(*version, outcome);
  auto end = co_await decide(run, *terms, *version, std::move(outcome));
  if (!end) co_return pass_on(end);
  // A claim that waits for the room of this run, or comes just now, is stored together with its end: both are at hand, and ends come first.
  room_comes(worker);
  co_return co_await store_end(std::move(*end));
}

// A worker apart that was told of the cancellation, or will be, ends a run that is its own no longer; what that used, and said last, is
// still told, once.
Async<JobStatus> WorkDesk::tell_rest(WorkerId worker, RunName run, PluginOutcome outcome, Error why_not_more) {
  const auto attempts = co_await ports_.reader.attempts(run.job);
  if (!attempts) co_return std::unexpected(attempts.error());
  const auto last = std::ranges::max_element(*attempts, {}, &Attempt::number);
  const bool is_told_by_it =
      last != attempts->end() && last->worker == worker && last->outcome == AttemptOutcome::cancelled && last->usage.wall.count() == 0;
  if (!is_told_by_it) co_return std::unexpected(std::move(why_not_more));
  AttemptEnd end = without_cost(run, std::move(outcome.message));
  end.usage = outcome.usage;
  end.image = std::move(outcome.image);
  end.log = std::move(outcome.log);
  co_return co_await store_end(std::move(end));
}

Async<WorkDesk::Terms> WorkDesk::terms_of(WorkerId worker, RunName run) {
  const auto not_yours = [&] {
    return fail(ErrorCode::conflict, "job " + std::to_string(std::to_underlying(run.job)) + " is not this worker's any more");
  };
  const auto given = given_.find(run);
  if (given != given_.end() && given->second.worker == worker) co_return given->second.terms;
  auto stored = co_await ports_.reader.runs_of(worker);
  if (!stored) co_return pass_on(stored);
  if (!RunSet(std::move(*stored)).holds(run)) co_return not_yours();
  auto job = co_await ports_.reader.get(run.job);
  if (!job) co_return pass_on(job);
  co_return Terms{.version = job->version_id, .attempt = job->attempts, .attempts_max = job->attempts_max};
}

// An answer that does not fit is no success.
boost::asio::awaitable<void> WorkDesk::hold_against_schema(const PluginVersion& version, PluginOutcome& outcome) {
  if (outcome.how != AttemptOutcome::succeeded) co_return;
  auto reason = co_await why_no_result(ports_.schemas, version.spec.output_schema, outcome.output);
  if (!reason) co_return;
  outcome.how = AttemptOutcome::output_rejected;
  outcome.message = std::move(*reason);
  outcome.output.clear();
}

Async<AttemptEnd> WorkDesk::decide(RunName run, const Terms& terms, const PluginVersion& version, PluginOutcome outcome) {
  RetryPolicy policy = version.spec.retry;
  policy.attempts_max = terms.attempts_max;
  // A run that was stopped is either of a cancelled job, whose end the store refuses, or of a worker that stops.
  if (outcome.how == AttemptOutcome::cancelled) {
    outcome.how = AttemptOutcome::given_back;
    outcome.message = "its worker stopped before it ended; it runs again";
  }
  const Verdict verdict = judge(outcome.how, outcome.exit_code, terms.attempt, policy, ports_.random.dice());
  AttemptEnd end{.id = run.job,
                 .fence = run.fence,
                 .trigger = verdict.trigger,
                 .outcome = outcome.how,
                 .result = {},
                 .message = std::move(outcome.message),
                 .wait = verdict.wait,
                 .exit_code = outcome.exit_code,
                 .usage = outcome.usage,
                 .isolation = outcome.isolation,
                 .image = std::move(outcome.image),
                 .artifacts = std::move(outcome.artifacts),
                 .log = std::move(outcome.log)};
  if (verdict.trigger != JobTrigger::succeeded) co_return end;
  auto result = co_await payloads_.keep(std::move(outcome.output));
  if (!result) co_return pass_on(result);
  end.result = std::move(*result);
  co_return end;
}

Async<JobStatus> WorkDesk::store_end(AttemptEnd end) {
  auto status = co_await ports_.store.finish(end);
  if (!status && status.error().code == ErrorCode::internal && end.trigger != JobTrigger::failed_for_good) {
    // Something in it cannot be stored. A job whose end nobody can store would be processing for ever.
    end.trigger = JobTrigger::failed_for_good;
    end.outcome = AttemptOutcome::failed;
    end.result.reset();
    end.artifacts.clear();
    end.log.clear();
    end.message = "the end of the attempt could not be stored: " + status.error().message;
    status = co_await ports_.store.finish(end);
  }
  const bool may_come_again =
      !status && (status.error().code == ErrorCode::unavailable || status.error().code == ErrorCode::resource_exhausted);
  if (may_come_again) co_return status;
  given_.erase({.job = end.id, .fence = end.fence});
  if (status && is_terminal(*status)) ports_.signals.job_ended(end.id);
  if (status && *status == JobStatus::queued) ports_.signals.work_arrived();
  co_return status;
}

}  // namespace orc
