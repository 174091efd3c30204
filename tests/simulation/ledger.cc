#include "tests/simulation/ledger.h"

#include "application/duties/rescue_lost_workers.h"

namespace orc::simulation {
namespace {

template <typename Id>
std::string text(Id id) {
  return std::to_string(std::to_underlying(id));
}

}  // namespace

void Account::add(const Account& other) {
  for (const auto field : {&Account::jobs, &Account::acked, &Account::completed, &Account::failed, &Account::cancelled, &Account::claims,
                           &Account::executions, &Account::losses, &Account::given_back, &Account::stale_ends_refused,
                           &Account::dead_letters, &Account::callbacks, &Account::callbacks_again, &Account::events, &Account::wipes})
    this->*field += other.*field;
}

std::string Account::line() const {
  std::string line;
  const auto say = [&](const char* name, std::int64_t figure) {
    line += std::string(line.empty() ? "" : " ") + name + " " + std::to_string(figure);
  };
  say("attempt", jobs);
  say("acked", acked);
  say("ok", completed + failed + cancelled);
  say("lost", 0);
  say("unexpected", 0);
  say("duplicated", 0);
  say("recovered", jobs - acked);
  say("claims", claims);
  say("executions", executions);
  say("losses", losses);
  say("given_back", given_back);
  say("stale_ends_refused", stale_ends_refused);
  say("dead_letters", dead_letters);
  say("callbacks", callbacks);
  say("callbacks_again", callbacks_again);
  say("events", events);
  say("wipes", wipes);
  return line;
}

void Ledger::demand(bool holds, const std::function<std::string()>& otherwise) {
  if (!holds && !broken_) broken_ = otherwise();
}

Ledger::Known& Ledger::job(JobId id) {
  const auto [found, is_new] = jobs_.try_emplace(id);
  demand(!is_new, [&] { return "job " + text(id) + " is unexpected: nobody submitted it"; });
  return found->second;
}

void Ledger::submitted(JobId id, const std::string& key) { jobs_.try_emplace(id).first->second.key = key; }

void Ledger::claimed(const Claim& claim) {
  for (const ClaimedJob& given : claim.jobs) {
    Known& known = job(given.id);
    demand(!known.end, [&] { return "job " + text(given.id) + " was claimed after its end"; });
    demand(!known.is_given, [&] { return "job " + text(given.id) + " was claimed while another worker has it"; });
    demand(given.fence > known.highest, [&] {
      return "job " + text(given.id) + " was claimed with fence " + text(given.fence) + ", which is not above " + text(known.highest);
    });
    demand(given.attempt <= given.attempts_max, [&] {
      return "job " + text(given.id) + " is at attempt " + std::to_string(given.attempt) + " of " + std::to_string(given.attempts_max);
    });
    known.highest = given.fence;
    known.given.insert(given.fence);
    known.is_given = true;
    ++account_.claims;
  }
}

void Ledger::finished(const AttemptEnd& attempt, const Result<JobStatus>& status) {
  if (!status) {
    account_.stale_ends_refused += status.error().code == ErrorCode::conflict ? 1 : 0;
    return;
  }
  Known& known = job(attempt.id);
  demand(known.is_given, [&] { return "job " + text(attempt.id) + " was finished though nobody has it"; });
  demand(attempt.fence == known.highest, [&] {
    return "job " + text(attempt.id) + " was finished by fence " + text(attempt.fence) + " though " + text(known.highest) +
           " was given out: a stale result was stored";
  });
  known.is_given = false;
  account_.given_back += attempt.trigger == JobTrigger::given_back ? 1 : 0;
  if (is_terminal(*status)) end(attempt.id, *status, attempt.result ? std::optional(attempt.result->text) : std::nullopt);
}

void Ledger::cancelled(JobId id) {
  job(id).is_given = false;
  end(id, JobStatus::cancelled, {});
}

void Ledger::end(JobId id, JobStatus status, std::optional<std::string> result) {
  Known& known = job(id);
  demand(!known.end, [&] { return "job " + text(id) + " ended twice"; });
  known.end = status;
  known.result = std::move(result);
  ++over_;
}

std::optional<JobStatus> Ledger::end_of(JobId id) const {
  const auto known = jobs_.find(id);
  return known == jobs_.end() ? std::nullopt : known->second.end;
}

void Ledger::worker_added(WorkerId worker, const std::string& process, SteadyTime now) {
  workers_[worker] = {.process = process, .last = now};
}

void Ledger::worker_beat(WorkerId worker, SteadyTime now) {
  Beats& beats = workers_.at(worker);
  if (now - beats.last >= worker_lease) {
    beats.silence_end = now;
    beats.was_silent = true;
  }
  beats.last = now;
}

// Silence of a whole lease is the only reason to take a worker for dead, unless its process is known to be.
void Ledger::rescued(WorkerId worker, WorkerEnd how, const Rescue& rescue, bool process_lives, SteadyTime now) {
  const Beats& beats = workers_.at(worker);
  const bool is_silent = now - beats.last >= worker_lease;
  const bool was_silent = beats.was_silent && now - beats.silence_end <= rescue_delay_max;
  if (!rescue.requeued.empty() || !rescue.failed.empty())
    demand(!process_lives || is_silent || was_silent, [&] {
      return "worker " + text(worker) + " (" + beats.process + ") was robbed of its jobs though it lives and was never silent for a lease";
    });
  for (const JobId id : rescue.requeued) {
    Known& known = job(id);
    demand(known.is_given, [&] { return "job " + text(id) + " was rescued though nobody had it"; });
    known.is_given = false;
    known.highest = Fence{std::to_underlying(known.highest) + 1};
    const Loss loss = judge_loss(how, known.losses);
    demand(loss.trigger == JobTrigger::worker_lost, [&] { return "job " + text(id) + " lost its worker once too often and goes on"; });
    known.losses = loss.losses;
    ++account_.losses;
  }
  for (const JobId id : rescue.failed) {
    Known& known = job(id);
    const Loss loss = judge_loss(how, known.losses);
    demand(loss.trigger == JobTrigger::failed_for_good,
           [&] { return "job " + text(id) + " failed with losses of only " + std::to_string(loss.losses); });
    known.is_given = false;
    ++account_.losses;
    end(id, JobStatus::failed, {});
  }
}

void Ledger::executed(RunName run) {
  Known& known = job(run.job);
  demand(known.given.contains(run.fence),
         [&] { return "job " + text(run.job) + " runs with fence " + text(run.fence) + ", which nobody was given"; });
  demand(known.executed.insert(run.fence).second, [&] { return "job " + text(run.job) + " runs twice with fence " + text(run.fence); });
  ++account_.executions;
}

void Ledger::check_ended(const MemoryJob& row, const Known& known) {
  const std::string name = "job " + text(row.job.id);
  demand(known.end == row.job.status, [&] { return name + " ended otherwise than it stands in the database now"; });
  const auto stored = row.job.result ? std::optional(row.job.result->text) : std::nullopt;
  demand(stored == known.result, [&] { return name + " has another result than the one that it ended with"; });
  if (row.job.status == JobStatus::completed)
    demand(stored == "{\"fence\":" + text(row.fence) + "}",
           [&] { return name + " has a result that is not of its highest fence: " + stored.value_or("none"); });
  demand(row.job.attempts <= row.job.attempts_max,
         [&] { return name + " used " + std::to_string(row.job.attempts) + " attempts of " + std::to_string(row.job.attempts_max); });
  demand(std::ssize(known.executed) <= std::ssize(row.attempts), [&] { return name + " ran more often than it has attempts"; });
  demand(row.dead_letter.has_value() == (row.job.status == JobStatus::failed),
         [&] { return name + " is not once in the dead letters, or should not be there"; });
}

Account Ledger::close(const MemoryState& state, bool same_day) {
  Account account = account_;
  std::set<std::string> keys;
  for (const JobId id : acked_) demand(state.jobs.contains(id), [&] { return "job " + text(id) + " was accepted and is lost"; });
  for (const auto& [id, row] : state.jobs) {
    const auto known = jobs_.find(id);
    if (known == jobs_.end()) {
      demand(false, [&] { return "job " + text(id) + " is unexpected: nobody submitted it"; });
      continue;
    }
    demand(is_terminal(row.job.status),
           [&] { return "job " + text(id) + " is stuck: " + std::string(to_word(row.job.status)) + " long after the last fault"; });
    demand(keys.insert(known->second.key).second || !same_day, [&] { return "key " + known->second.key + " made two jobs"; });
    check_ended(row, known->second);
    ++account.jobs;
    account.completed += row.job.status == JobStatus::completed ? 1 : 0;
    account.failed += row.job.status == JobStatus::failed ? 1 : 0;
    account.cancelled += row.job.status == JobStatus::cancelled ? 1 : 0;
    account.dead_letters += row.dead_letter ? 1 : 0;
  }
  account.acked = std::ssize(acked_);
  return account;
}

}  // namespace orc::simulation
