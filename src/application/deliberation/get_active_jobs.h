#pragma once

#include <vector>

#include "domain/deliberation/execution_figures.h"
#include "ports/clock.h"
#include "ports/deliberation_store.h"

namespace orc {

// GetActiveJobs lists what runs, oldest first, one entry for each deliberation.
class GetActiveJobs {
 public:
  static constexpr int listed_max = 1000;

  GetActiveJobs(DeliberationStore& store, Clock& clock) : store_(store), clock_(clock) {}

  // Up to listed_max, the oldest. Errors: unavailable.
  Async<std::vector<JobInfo>> run();

 private:
  DeliberationStore& store_;
  Clock& clock_;
};

}  // namespace orc
