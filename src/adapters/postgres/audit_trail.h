#pragma once

#include <deque>

#include "adapters/postgres/transaction.h"
#include "ports/audit_log.h"
#include "ports/credentials.h"

namespace orc::postgres {

// AuditTrail appends to the audit log, whose rows are a chain over all processes. A refusal that equals one that this process noted in the
// last minute is counted in that one's row (design.md, State), so that a flood of wrong passwords fills no disk. On one writer's thread
// only.
class AuditTrail {
 public:
  explicit AuditTrail(Digest& digest) : digest_(digest) {}

  void append(Transaction& transaction, const AuditEntry& entry, Timestamp now);

 private:
  struct Refusal {
    AuditEntry entry;
    Timestamp at{};
    std::int64_t row = 0;  // may be gone: a transaction that failed, or pruned
  };

  // So many different refusals of a minute are told apart; a further one gets rows of its own.
  static constexpr std::size_t refusals_max = 1000;

  bool repeat(Transaction& transaction, const AuditEntry& entry, Timestamp now);

  Digest& digest_;
  std::deque<Refusal> refusals_;  // of the last minute, oldest first
};

}  // namespace orc::postgres
