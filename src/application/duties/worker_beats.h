#pragma once

#include <map>
#include <optional>
#include <vector>

#include "domain/time.h"
#include "ports/worker_store.h"

namespace orc {

// WorkerBeats remembers since when this process has seen no newer beat of each worker, by its own steady clock. On one thread.
class WorkerBeats {
 public:
  // All workers that there are, as they were just read. Those that are not among them are forgotten.
  void saw(const std::vector<Worker>& workers, SteadyTime now);

  // Since when no newer beat came; nothing for a worker that saw() did not hear of.
  std::optional<SteadyTime> last_change(WorkerId worker) const;

 private:
  struct Seen {
    std::int64_t beat;
    SteadyTime since;
  };

  std::map<WorkerId, Seen> seen_;
};

}  // namespace orc
