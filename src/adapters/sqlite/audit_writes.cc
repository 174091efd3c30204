#include "adapters/sqlite/audit_writes.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "adapters/sql_text/text_of.h"

namespace orc::sqlite {
namespace {

constexpr auto refusals_kept = std::chrono::minutes{1};

}  // namespace

AuditWrites::AuditWrites(Connection& connection, const StatementCatalog& catalog, Digest& digest)
    : digest_(digest),
      read_tail_(catalog.prepare(connection, "audit_tail")),
      add_(catalog.prepare(connection, "add_audit_row")),
      repeat_(catalog.prepare(connection, "repeat_audit_row")) {}

void AuditWrites::append(const AuditEntry& entry, Timestamp now) {
  if (!entry.succeeded) {
    if (const Refusal* equal = equal_refusal(entry, now)) {
      repeat_.execute(equal->row);
      return;
    }
  }
  if (!tail_) tail_ = read_tail_.first([](Row row) { return row.hash(0); }).value_or(ContentHash{});
  const ContentHash hash = digest_.sha256(audit_row_text(*tail_, entry, now));
  const auto row = add_.number(now, entry.actor, entry.action, entry.subject, entry.from, entry.succeeded, *tail_, hash);
  tail_ = hash;
  if (entry.succeeded) return;
  if (refusals_.size() >= refusals_max) refusals_.pop_front();
  refusals_.push_back({.entry = entry, .at = now, .row = row});
}

void AuditWrites::forget() noexcept {
  tail_.reset();
  refusals_.clear();
}

const AuditWrites::Refusal* AuditWrites::equal_refusal(const AuditEntry& entry, Timestamp now) {
  while (!refusals_.empty() && refusals_.front().at + refusals_kept <= now) refusals_.pop_front();
  const auto equal = std::ranges::find_if(refusals_, [&](const Refusal& one) {
    return one.entry.actor == entry.actor && one.entry.action == entry.action && one.entry.subject == entry.subject &&
           one.entry.from == entry.from;
  });
  return equal == refusals_.end() ? nullptr : &*equal;
}

}  // namespace orc::sqlite
