#include "adapters/postgres/audit_trail.h"

#include <algorithm>
#include <chrono>

#include "adapters/sql_text/audit_chain.h"

namespace orc::postgres {
namespace {

constexpr auto refusals_kept = std::chrono::minutes{1};

}  // namespace

void AuditTrail::append(Transaction& transaction, const AuditEntry& entry, Timestamp now) {
  if (!entry.succeeded && repeat(transaction, entry, now)) return;
  transaction.lock(Exclusive::audit);
  const Rows tail = transaction.ask("audit_tail");
  const ContentHash previous = tail.empty() ? ContentHash{} : tail[0].hash(0);
  const ContentHash hash = digest_.sha256(audit_row_text(previous, entry, now));
  const Rows added =
      transaction.ask("add_audit_row", now, entry.actor, entry.action, entry.subject, entry.from, entry.succeeded, previous, hash);
  if (entry.succeeded) return;
  if (refusals_.size() >= refusals_max) refusals_.pop_front();
  refusals_.push_back({.entry = entry, .at = now, .row = added[0].integer(0)});
}

// Whether an equal one of the last minute has counted this one.
bool AuditTrail::repeat(Transaction& transaction, const AuditEntry& entry, Timestamp now) {
  while (!refusals_.empty() && refusals_.front().at + refusals_kept <= now) refusals_.pop_front();
  const auto equal = std::ranges::find_if(refusals_, [&](const Refusal& one) {
    return one.entry.actor == entry.actor && one.entry.action == entry.action && one.entry.subject == entry.subject &&
           one.entry.from == entry.from;
  });
  if (equal == refusals_.end()) return false;
  if (transaction.ask("repeat_audit_row", equal->row).changed() > 0) return true;
  refusals_.erase(equal);
  return false;
}

}  // namespace orc::postgres
