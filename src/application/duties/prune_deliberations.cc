#include "application/duties/prune_deliberations.h"

namespace orc {

Async<void> PruneDeliberations::run_once() {
  if (kept_.count() == 0) co_return Result<void>{};
  const Timestamp cutoff = clock_.now() - kept_;
  for (int batch = 0; batch < batches_per_round; ++batch) {
    const auto removed = co_await store_.prune(cutoff, batch_rows);
    if (!removed) co_return std::unexpected(removed.error());
    if (*removed < batch_rows) break;
  }
  co_return Result<void>{};
}

}  // namespace orc
