#include "application/duties/worker_beats.h"

#include <algorithm>

namespace orc {

void WorkerBeats::saw(const std::vector<Worker>& workers, SteadyTime now) {
  std::erase_if(seen_, [&](const auto& entry) { return std::ranges::find(workers, entry.first, &Worker::id) == workers.end(); });
  for (const Worker& worker : workers) {
    Seen& seen = seen_.try_emplace(worker.id, worker.beat, now).first->second;
    if (seen.beat != worker.beat) seen = {.beat = worker.beat, .since = now};
  }
}

std::optional<SteadyTime> WorkerBeats::last_change(WorkerId worker) const {
  const auto seen = seen_.find(worker);
  if (seen == seen_.end()) return {};
  return seen->second.since;
}

}  // namespace orc
