#pragma once

#include <vector>

#include "domain/deliberation/execution_figures.h"
#include "ports/clock.h"
#include "ports/deliberation_store.h"

namespace orc {

struct ActiveJobs {
  std::vector<JobInfo> jobs;  // the oldest
  std::int64_t total = 0;     // of all that wait or run: with those that had no room in the answer, and those that accounts own
};

// GetActiveJobs lists what waits or runs and nobody owns, oldest first, one entry for each deliberation. As GetDeliberationStatus, it tells
// nothing of those that accounts own but that they are there.
class GetActiveJobs {
 public:
  static constexpr int page = 100;                     // read at once
  static constexpr std::size_t entry_bytes_max = 200;  // of one beside its texts, in any form that an edge may write

  GetActiveJobs(DeliberationStore& store, Clock& clock) : store_(store), clock_(clock) {}

  // As many as fit into `bytes_max`. Errors: unavailable.
  Async<ActiveJobs> run(std::size_t bytes_max);

 private:
  DeliberationStore& store_;
  Clock& clock_;
};

}  // namespace orc
