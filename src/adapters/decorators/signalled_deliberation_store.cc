#include "adapters/decorators/signalled_deliberation_store.h"

namespace orc {

template <typename T>
Async<T> SignalledDeliberationStore::and_tell(std::string id, Async<T> change) {
  auto done = co_await std::move(change);
  signals_.happened(id);
  co_return done;
}

Async<Timestamp> SignalledDeliberationStore::add(NewDeliberation deliberation) {
  std::string id = deliberation.id;
  return and_tell(std::move(id), next_.add(std::move(deliberation)));
}

Async<void> SignalledDeliberationStore::record(std::string id, FinishedCall call) {
  return and_tell(id, next_.record(id, std::move(call)));
}

Async<void> SignalledDeliberationStore::record_after_cancel(std::string id, FinishedCall call) {
  return and_tell(id, next_.record_after_cancel(id, std::move(call)));
}

Async<void> SignalledDeliberationStore::end(std::string id, DeliberationEnd end) { return and_tell(id, next_.end(id, std::move(end))); }

Async<void> SignalledDeliberationStore::tell(std::string id, std::vector<DeliberationEvent> events) {
  return and_tell(id, next_.tell(id, std::move(events)));
}

Async<void> SignalledDeliberationStore::tell_again(std::string id, std::vector<DeliberationEvent> events) {
  return and_tell(id, next_.tell_again(id, std::move(events)));
}

}  // namespace orc
