#pragma once

#include "ports/deliberation_store.h"
#include "ports/event_signals.h"

namespace orc {

// SignalledDeliberationStore tells EventSignals of each change that was tried, as one that failed may have taken effect. On the thread of
// the executor.
class SignalledDeliberationStore final : public DeliberationStore {
 public:
  // Both outlive the store.
  SignalledDeliberationStore(DeliberationStore& next, EventSignals& signals) : next_(next), signals_(signals) {}

  Async<Timestamp> add(NewDeliberation deliberation) override;
  Async<void> record(std::string id, FinishedCall call) override;
  Async<void> record_after_cancel(std::string id, FinishedCall call) override;
  Async<void> end(std::string id, DeliberationEnd end) override;
  Async<void> tell(std::string id, std::vector<DeliberationEvent> events) override;
  Async<void> tell_again(std::string id, std::vector<DeliberationEvent> events) override;
  Async<DeliberationMark> mark(std::string id) override { return next_.mark(std::move(id)); }
  Async<Deliberation> get(std::string id) override { return next_.get(std::move(id)); }
  Async<std::vector<FinishedCall>> calls(std::string id) override { return next_.calls(std::move(id)); }
  Async<std::vector<RunningJob>> running_jobs(std::string after, int count) override { return next_.running_jobs(std::move(after), count); }
  Async<std::vector<std::string>> ids_running(std::string after, int count) override { return next_.ids_running(std::move(after), count); }
  Async<std::vector<std::string>> orphans(int count) override { return next_.orphans(count); }
  Async<std::int64_t> page_bytes(DeliberationFilter filter) override { return next_.page_bytes(filter); }
  Async<DeliberationPage> list(DeliberationFilter filter) override { return next_.list(filter); }
  Async<DeliberationCounts> counts() override { return next_.counts(); }
  Async<DeliberationUsage> usage(std::optional<UserId> owner) override { return next_.usage(owner); }
  Async<std::int64_t> tokens_since(UserId owner, Timestamp since) override { return next_.tokens_since(owner, since); }
  Async<int> prune(Timestamp cutoff, int count) override { return next_.prune(cutoff, count); }
  Async<bool> take_seat() override { return next_.take_seat(); }

 private:
  template <typename T>
  Async<T> and_tell(std::string id, Async<T> change);

  DeliberationStore& next_;
  EventSignals& signals_;
};

}  // namespace orc
