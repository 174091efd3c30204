#include "application/duties/end_orphan_deliberations.h"

#include "application/deliberation/cancelling.h"

namespace orc {

Async<void> EndOrphanDeliberations::run_once() {
  const auto orphans = co_await store_.orphans(batch);
  if (!orphans) co_return std::unexpected(orphans.error());
  for (const std::string& id : *orphans) {
    auto cancelled = co_await cancel_deliberation(store_, signals_, id);
    const bool has_ended = !cancelled && cancelled.error().code == ErrorCode::conflict;  // by itself, just now
    if (!cancelled && !has_ended) co_return cancelled;
  }
  co_return Result<void>{};
}

}  // namespace orc
