#include "application/deliberation/cancelling.h"

namespace orc {

Async<void> cancel_deliberation(DeliberationStore& store, DeliberationSignals& signals, std::string id) {
  co_await signals.hang_up(id);
  auto ended = co_await store.end(id, {.status = DeliberationStatus::cancelled,
                                       .cut = CutShort::by_cancel,
                                       .decision = {},
                                       .together = {},
                                       .error = "the deliberation was cancelled"});
  if (ended) {
    signals.ended(id);  // whoever runs it elsewhere, or was slow
    co_return ended;
  }
  const auto now = co_await store.mark(id);
  if (now && now->status == DeliberationStatus::cancelled) co_return Result<void>{};
  co_return ended;
}

}  // namespace orc
