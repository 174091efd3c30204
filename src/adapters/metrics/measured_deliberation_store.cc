#include "adapters/metrics/measured_deliberation_store.h"

namespace orc {

Async<Timestamp> MeasuredDeliberationStore::add(NewDeliberation deliberation) {
  auto added = co_await next_.add(std::move(deliberation));
  if (added) meters_.submitted();
  co_return added;
}

Async<void> MeasuredDeliberationStore::record(std::string id, FinishedCall call) {
  FinishedCall figures = call;  // without its texts, which the store takes
  figures.text.clear();
  figures.answer.reset();
  auto recorded = co_await next_.record(std::move(id), std::move(call));
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
