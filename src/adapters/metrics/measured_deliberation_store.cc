#include "adapters/metrics/measured_deliberation_store.h"

namespace orc {
namespace {

// Without the texts, which the store takes.
FinishedCall figures_of(const FinishedCall& call) {
  return {.name = call.name,
          .outcome = call.outcome,
          .text = {},
          .reasoning = {},
          .answer = {},
          .score = call.score,
          .finish = call.finish,
          .attempts = call.attempts,
          .usage = call.usage,
          .cost_micros = call.cost_micros,
          .duration = call.duration};
}

}  // namespace

Async<Timestamp> MeasuredDeliberationStore::add(NewDeliberation deliberation) {
  auto added = co_await next_.add(std::move(deliberation));
  if (added) meters_.submitted();
  co_return added;
}

Async<void> MeasuredDeliberationStore::record(std::string id, FinishedCall call) {
  const FinishedCall figures = figures_of(call);
  auto recorded = co_await next_.record(std::move(id), std::move(call));
  if (recorded) meters_.call_recorded(figures);
  co_return recorded;
}

Async<void> MeasuredDeliberationStore::record_after_cancel(std::string id, FinishedCall call) {
  const FinishedCall figures = figures_of(call);
  auto recorded = co_await next_.record_after_cancel(std::move(id), std::move(call));
  if (recorded) meters_.call_recorded(figures);
  co_return recorded;
}

Async<void> MeasuredDeliberationStore::end(std::string id, DeliberationEnd end) {
  const DeliberationStatus status = end.status;
  auto ended = co_await next_.end(std::move(id), std::move(end));
  if (ended) meters_.ended(status);
  co_return ended;
}

}  // namespace orc
