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

void WorkerBeats::leave_out(SteadyTime::duration blind) {
  for (auto& [worker, seen] : seen_) seen.blind += blind;
}

void WorkerBeats::begin_anew(SteadyTime now) {
  for (auto& [worker, seen] : seen_) seen.blind = now - seen.since;
}

std::optional<SteadyTime::duration> WorkerBeats::silence(WorkerId worker, SteadyTime now) const {
  const auto found = seen_.find(worker);
  if (found == seen_.end()) return {};
  return now - found->second.since - found->second.blind;
}

}  // namespace orc
