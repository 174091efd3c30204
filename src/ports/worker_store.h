#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "domain/job/attempt.h"
#include "ports/async.h"

namespace orc {

struct NewWorker {
  std::string name;  // host:pid, for people
  Isolation isolation = Isolation::strict;
  int slots = 1;  // plugin runs at once
};

struct Worker {
  WorkerId id{};
  std::string name;
  Isolation isolation = Isolation::strict;
  int slots = 1;
  std::int64_t beat = 0;  // rises with every beat; only its change means anything
  Timestamp started_at{};
};

// WorkerStore keeps one row for each worker that may hold jobs. Thread-safe; each change is one durable transaction.
// Every implementation passes tests/contract/worker_store_contract.h.
class WorkerStore {
 public:
  virtual ~WorkerStore() = default;

  virtual Async<WorkerId> add(NewWorker worker) = 0;

  // Errors: not_found, if the worker was taken for dead and removed: its jobs are somebody else's now.
  virtual Async<void> beat(WorkerId id) = 0;

  // By rising id.
  virtual Async<std::vector<Worker>> list() = 0;

  // Attempts keep its name. Removing one that is gone is no error. One that still holds jobs stays, so that somebody rescues them.
  virtual Async<void> remove(WorkerId id) = 0;
};

}  // namespace orc
