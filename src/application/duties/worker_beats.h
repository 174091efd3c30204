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

  // For so long nobody could look: it counts for no worker's silence so far.
  void leave_out(SteadyTime::duration blind);

  // Nobody's silence up to now counts.
  void begin_anew(SteadyTime now);

  // Since when no newer beat came; nothing for a worker that saw() did not hear of.
  std::optional<SteadyTime> last_change(WorkerId worker) const;
  // For how long none came that could have been seen; likewise.
  std::optional<SteadyTime::duration> silence(WorkerId worker, SteadyTime now) const;

 private:
  struct Seen {
    std::int64_t beat;
    SteadyTime since;
    SteadyTime::duration blind{};  // of the time since then, what does not count
  };

  std::map<WorkerId, Seen> seen_;
};

}  // namespace orc
