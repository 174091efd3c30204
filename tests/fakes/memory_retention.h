#pragma once

#include "ports/retention.h"
#include "tests/fakes/memory_state.h"

namespace orc {

class MemoryRetention final : public Retention {
 public:
  explicit MemoryRetention(MemoryState& state) : state_(state) {}

  Async<int> prune_jobs(Timestamp cutoff, int count) override;
  Async<int> prune_logs(Timestamp cutoff, int count) override;
  Async<int> prune_logs_beyond(std::int64_t bytes_max, int count) override;
  Async<int> prune_events(Timestamp cutoff, int count) override;
  Async<int> prune_audit(Timestamp cutoff, int count) override;
  Async<int> prune_idempotency_keys(Timestamp cutoff, int count) override;

 private:
  MemoryState& state_;
};

}  // namespace orc
