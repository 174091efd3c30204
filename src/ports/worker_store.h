#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "domain/job/attempt.h"
#include "domain/placement/equipment.h"
#include "ports/async.h"

namespace orc {

// Where a worker lives: its end may be known by more than its beat.
enum class WorkerHome : std::uint8_t {
  this_process,  // part of the process that owns the store; whoever takes the store over knows that it is dead
  elsewhere,     // behind the worker protocol; outlives a restart of the store's owner, so only its beat tells
};

// Whether a worker is given runs.
enum class WorkerIntake : std::uint8_t { open, draining };

struct NewWorker {
  std::string name;  // host:pid, for people
  Isolation isolation = Isolation::strict;
  int slots = 1;  // plugin runs at once
  WorkerHome home = WorkerHome::this_process;
  std::string instance;  // with home this_process: of the data directory whose owner it is part of; empty: not known
  Equipment equipment;   // what its runs may take up
};

struct Worker {
  WorkerId id{};
  std::string name;
  Isolation isolation = Isolation::strict;
  int slots = 1;
  WorkerHome home = WorkerHome::this_process;
  std::int64_t beat = 0;  // rises with every beat; only its change means anything
  Timestamp started_at{};
  std::string instance;
  WorkerIntake intake = WorkerIntake::open;
  Equipment equipment;
};

// WorkerStore keeps one row for each worker that may hold jobs. Thread-safe; each change is one durable transaction.
// Every implementation passes tests/contract/worker_store_contract.cc.
class WorkerStore {
 public:
  virtual ~WorkerStore() = default;

  virtual Async<WorkerId> add(NewWorker worker) = 0;

  // Errors: not_found, if the worker was taken for dead and removed: its jobs are somebody else's now.
  virtual Async<void> beat(WorkerId id) = 0;

  // A worker that is draining gets nothing from JobStore::claim(); what it runs goes on. Errors: not_found.
  virtual Async<void> set_intake(WorkerId id, WorkerIntake intake) = 0;

  // By rising id.
  virtual Async<std::vector<Worker>> list() = 0;

  // Attempts keep its name. Removing one that is gone is no error. One that still holds jobs stays, so that somebody rescues them.
  virtual Async<void> remove(WorkerId id) = 0;
};

}  // namespace orc
