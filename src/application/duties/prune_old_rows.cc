#include "application/duties/prune_old_rows.h"

namespace orc {
namespace {

constexpr std::chrono::hours idempotency_kept{24};  // contract section 11

}  // namespace

Async<void> PruneOldRows::run_once() {
  if (auto done = co_await prune(&Retention::prune_idempotency_keys, idempotency_kept); !done) co_return done;
  if (auto done = co_await prune(&Retention::prune_logs, periods_.logs); !done) co_return done;
  if (auto done = co_await prune_large_logs(); !done) co_return done;
  if (auto done = co_await prune(&Retention::prune_jobs, periods_.jobs); !done) co_return done;
  if (auto done = co_await prune(&Retention::prune_events, periods_.events); !done) co_return done;
  co_return co_await prune(&Retention::prune_audit, periods_.audit);
}

Async<void> PruneOldRows::prune(Prune method, std::chrono::seconds period) {
  if (period.count() == 0) co_return Result<void>{};
  const Timestamp cutoff = clock_.now() - period;
  for (int batch = 0; batch < batches_per_round; ++batch) {
    const auto removed = co_await (retention_.*method)(cutoff, batch_rows);
    if (!removed) co_return std::unexpected(removed.error());
    if (*removed < batch_rows) break;
  }
  co_return Result<void>{};
}

Async<void> PruneOldRows::prune_large_logs() {
  for (int removed = log_batch_rows; periods_.log_bytes_max > 0 && removed == log_batch_rows;) {
    const auto done = co_await retention_.prune_logs_beyond(periods_.log_bytes_max, log_batch_rows);
    if (!done) co_return std::unexpected(done.error());
    removed = *done;
  }
  co_return Result<void>{};
}

}  // namespace orc
