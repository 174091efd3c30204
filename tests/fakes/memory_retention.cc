#include "tests/fakes/memory_retention.h"

#include <algorithm>

namespace orc {
namespace {

// Erases up to `count` of what `is_old` names, from the front.
template <typename Container, typename Predicate>
int erase_some(Container& container, int count, Predicate is_old) {
  int erased = 0;
  std::erase_if(container, [&](const auto& item) { return erased < count && is_old(item) && ++erased > 0; });
  return erased;
}

}  // namespace

Async<int> MemoryRetention::prune_jobs(Timestamp cutoff, int count) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  std::vector<std::pair<Timestamp, JobId>> old;
  for (const auto& [id, row] : state_.jobs)
    if (row.job.completed_at && *row.job.completed_at < cutoff) old.emplace_back(*row.job.completed_at, id);
  std::ranges::sort(old);
  if (std::ssize(old) > count) old.resize(static_cast<std::size_t>(count));
  for (const auto& [ended_at, id] : old) state_.erase_job(id);
  co_return static_cast<int>(old.size());
}

Async<int> MemoryRetention::prune_logs(Timestamp cutoff, int count) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  int erased = 0;
  for (auto& [id, row] : state_.jobs)
    erased += erase_some(row.log, count - erased, [&](const MemoryJob::Chunk& chunk) { return chunk.stored_at < cutoff; });
  co_return erased;
}

Async<int> MemoryRetention::prune_audit(Timestamp cutoff, int count) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  co_return erase_some(state_.audit, count, [&](const MemoryAuditEntry& entry) { return entry.at < cutoff; });
}

Async<int> MemoryRetention::prune_idempotency_keys(Timestamp cutoff, int count) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  co_return erase_some(state_.idempotency_keys, count, [&](const auto& known) { return known.second.created_at < cutoff; });
}

}  // namespace orc
