#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "domain/job/run_name.h"
#include "ports/job_store.h"
#include "ports/worker_store.h"
#include "tests/fakes/memory_state.h"
#include "tests/simulation/dice.h"

namespace orc::simulation {

// What every run of the simulation adds up to; also the line that is printed.
struct Account {
  std::int64_t jobs = 0, acked = 0, completed = 0, failed = 0, cancelled = 0;
  std::int64_t claims = 0, executions = 0, losses = 0, given_back = 0, stale_ends_refused = 0, dead_letters = 0;
  std::int64_t callbacks = 0, callbacks_again = 0, events = 0, wipes = 0;  // that others heard of, and how often they lost them

  void add(const Account& other);
  std::string line() const;
};

// Ledger is told of everything that the database did and that plugins ran, in true order, and keeps the first thing that must not be. It
// judges by what it was told alone, never by the code under test.
class Ledger {
 public:
  // How far behind the end of a worker's silence its rescue may come: the rescuer itself may have been paused in between.
  static constexpr std::chrono::seconds rescue_delay_max{60};

  // What the database did. `now` is true time.
  void submitted(JobId job, const std::string& key);
  void claimed(const Claim& claim);
  void finished(const AttemptEnd& end, const Result<JobStatus>& status);
  void cancelled(JobId job);
  void worker_added(WorkerId worker, const std::string& process, SteadyTime now);
  void worker_beat(WorkerId worker, SteadyTime now);
  // `process_lives`: the one that the worker is, or was, part of.
  void rescued(WorkerId worker, WorkerEnd how, const Rescue& rescue, bool process_lives, SteadyTime now);

  // What clients were told, and what plugins did.
  void acknowledged(JobId job) { acked_.insert(job); }
  void executed(RunName run);

  // Keeps the sentence, if it is the first.
  void demand(bool holds, const std::function<std::string()>& otherwise);

  // How a job ended; nothing, if it has not.
  std::optional<JobStatus> end_of(JobId id) const;

  // The first promise that was broken.
  const std::optional<std::string>& broken() const { return broken_; }

  const std::string& process_of(WorkerId worker) const { return workers_.at(worker).process; }
  // Rises as long as anything goes on.
  std::int64_t progress() const { return account_.claims + account_.losses + over_; }
  bool is_everything_over() const { return over_ == std::ssize(jobs_); }

  // Holds the whole of the database against what was told. `same_day`: the clock was never wrong by so much that keys expire.
  Account close(const MemoryState& state, bool same_day);

 private:
  struct Known {
    std::string key;
    Fence highest{};
    std::set<Fence> given;
    std::set<Fence> executed;
    int losses = 0;
    bool is_given = false;  // claimed and not ended
    std::optional<JobStatus> end;
    std::optional<std::string> result;
  };
  struct Beats {
    std::string process;
    SteadyTime last{};
    SteadyTime silence_end{};  // of the latest silence of a whole lease
    bool was_silent = false;
  };

  Known& job(JobId id);
  void end(JobId id, JobStatus status, std::optional<std::string> result);
  void check_ended(const MemoryJob& row, const Known& known);

  std::map<JobId, Known> jobs_;
  std::map<WorkerId, Beats> workers_;
  std::set<JobId> acked_;
  std::int64_t over_ = 0;
  Account account_;
  std::optional<std::string> broken_;
};

}  // namespace orc::simulation
