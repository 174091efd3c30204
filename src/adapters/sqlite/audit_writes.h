#pragma once

#include <deque>
#include <optional>

#include "adapters/sql_text/audit_chain.h"
#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/transaction_part.h"
#include "ports/audit_log.h"
#include "ports/credentials.h"

namespace orc::sqlite {

// AuditWrites appends to the audit log. A refusal that equals one of the same minute is counted in that one's row (design.md, State), so
// that a flood of wrong passwords fills no disk. Writer's thread only.
class AuditWrites final : public TransactionPart {
 public:
  AuditWrites(Connection& connection, const StatementCatalog& catalog, Digest& digest);

  void append(const AuditEntry& entry, Timestamp now);

  // Rows were removed; the next one starts from what is left.
  void forget() noexcept;

  void before_commit() override {}
  void rolled_back() noexcept override { forget(); }

 private:
  struct Refusal {
    AuditEntry entry;
    Timestamp at{};
    std::int64_t row = 0;
  };

  // So many different refusals of a minute are told apart; a further one gets rows of its own.
  static constexpr std::size_t refusals_max = 1000;

  const Refusal* equal_refusal(const AuditEntry& entry, Timestamp now);

  Digest& digest_;
  Statement read_tail_;
  Statement add_;
  Statement repeat_;
  std::optional<ContentHash> tail_;  // hash of the last row; empty: to be read
  std::deque<Refusal> refusals_;     // of the last minute, oldest first
};

}  // namespace orc::sqlite
