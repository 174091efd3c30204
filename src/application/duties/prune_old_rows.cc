#include "application/duties/prune_old_rows.h"

#include <string>
#include <string_view>
#include <utility>

namespace orc {
namespace {

constexpr std::chrono::hours idempotency_kept{24};  // contract section 11

// The first error's code counts; each names its kind.
void note(std::string_view kind, const Result<void>& done, Result<void>& outcome) {
  if (done) return;
  std::string message = std::string(kind) + " could not be pruned: " + done.error().message;
  if (!outcome) message = outcome.error().message + "; " + message;
  outcome = fail(outcome ? done.error().code : outcome.error().code, std::move(message));
}

}  // namespace

// A kind that fails keeps none behind it from its turn: one bad row would fill the disk with all the others.
Async<void> PruneOldRows::run_once() {
  Result<void> outcome;
  note("idempotency keys", co_await prune(&Retention::prune_idempotency_keys, idempotency_kept), outcome);
  note("logs", co_await prune(&Retention::prune_logs, periods_.logs), outcome);
  note("logs that are too large together", co_await prune_large_logs(), outcome);
  note("jobs", co_await prune(&Retention::prune_jobs, periods_.jobs), outcome);
  note("events", co_await prune(&Retention::prune_events, periods_.events), outcome);
  note("the audit log", co_await prune(&Retention::prune_audit, periods_.audit), outcome);
  co_return outcome;
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
