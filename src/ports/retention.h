#pragma once

#include <cstdint>

#include "domain/time.h"
#include "ports/async.h"

namespace orc {

// Retention removes what is older than somebody wants to keep. Each call is one short transaction over at most `count` rows (1..10000), so
// that submissions go on meanwhile, and gives the number removed: fewer than `count` means that nothing from before `cutoff` is left.
// Thread-safe. Every method: unavailable. Every implementation passes tests/contract/retention_contract.cc.
class Retention {
 public:
  virtual ~Retention() = default;

  // Ended jobs with all that belongs to them, by the time they ended, oldest first.
  virtual Async<int> prune_jobs(Timestamp cutoff, int count) = 0;
  // Log chunks (one finish() stores one or more), by the time they were stored. Lines that come later are numbered on.
  virtual Async<int> prune_logs(Timestamp cutoff, int count) = 0;
  // The oldest log chunks beyond the newest ones that have `bytes_max` bytes together, as they are stored, that is compressed.
  virtual Async<int> prune_logs_beyond(std::int64_t bytes_max, int count) = 0;
  // Events of deliberations that have ended, by the time they were published, or stored if they were not; oldest first. Those of one that
  // runs stay, and hold up younger ones.
  virtual Async<int> prune_events(Timestamp cutoff, int count) = 0;
  virtual Async<int> prune_audit(Timestamp cutoff, int count) = 0;
  virtual Async<int> prune_idempotency_keys(Timestamp cutoff, int count) = 0;
};

}  // namespace orc
