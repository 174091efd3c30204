#include "tests/fakes/memory_retention.h"

#include <algorithm>
#include <functional>
#include <set>

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

// Every line counts for what it has; stores compress.
Async<int> MemoryRetention::prune_logs_beyond(std::int64_t bytes_max, int count) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  std::vector<std::pair<Timestamp, MemoryJob::Chunk*>> newest_first;
  for (auto& [id, row] : state_.jobs)
    for (auto& chunk : row.log) newest_first.emplace_back(chunk.stored_at, &chunk);
  std::ranges::sort(newest_first, std::greater{});
  std::int64_t bytes = 0;
  std::vector<const MemoryJob::Chunk*> beyond;
  for (const auto& [at, chunk] : newest_first) {
    for (const LogLine& line : chunk->lines) bytes += std::ssize(line.text);
    if (bytes > bytes_max) beyond.insert(beyond.begin(), chunk);
  }
  if (std::ssize(beyond) > count) beyond.resize(static_cast<std::size_t>(count));
  for (auto& [id, row] : state_.jobs) {
    std::vector<MemoryJob::Chunk> kept;
    for (auto& chunk : row.log)
      if (std::ranges::find(beyond, &chunk) == beyond.end()) kept.push_back(std::move(chunk));
    row.log = std::move(kept);
  }
  co_return static_cast<int>(beyond.size());
}

Async<int> MemoryRetention::prune_events(Timestamp cutoff, int count) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  std::set<std::string> ended;
  for (const MemoryEvent& one : state_.events)
    if (one.stored.event.kind == EventKind::ended) ended.insert(one.stored.deliberation);
  co_return erase_some(state_.events, count, [&](const MemoryEvent& one) {
    return one.published_at.value_or(one.stored.at) < cutoff && ended.contains(one.stored.deliberation);
  });
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
