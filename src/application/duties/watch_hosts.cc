#include "application/duties/watch_hosts.h"

namespace orc {

HostPromises promises_of(const std::vector<Worker>& workers, const WorkerBeats& beats, SteadyTime now) {
  HostPromises promises;
  for (const Worker& worker : workers)
    if (beats.silence(worker.id, now).value_or(SteadyTime::duration::zero()) < beat_overdue_after) promises.add(worker.equipment);
  return promises;
}

Async<void> WatchHosts::run_once() {
  const auto workers = co_await workers_.list();
  if (!workers) co_return std::unexpected(workers.error());
  const HostPromises promises = promises_of(*workers, beats_, clock_.steady_now());
  Hosts now;
  for (const Worker& worker : *workers)
    if (const auto over = promises.over(worker.equipment)) now.emplace(worker.equipment.host, *over);
  std::erase_if(told_, [&](const auto& entry) { return !now.contains(entry.first); });
  for (const auto& [host, over] : now) {
    const auto before = seen_.find(host);
    const auto told = told_.find(host);
    if (before == seen_.end() || before->second != over || (told != told_.end() && told->second == over)) continue;
    told_.insert_or_assign(host, over);
    log_.warn("more memory promised than there is", {{"host", host}, {"workers", over.workers}, {"reason", over.sentence()}});
  }
  seen_ = std::move(now);
  co_return Result<void>{};
}

}  // namespace orc
