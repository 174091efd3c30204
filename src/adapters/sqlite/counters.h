#pragma once

#include <cstdint>
#include <vector>

#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/transaction_part.h"
#include "domain/job/job_state.h"

namespace orc::sqlite {

// What jobs are counted by. Raw row ids; owner 0 is nobody.
struct CounterKey {
  std::int64_t owner = 0;
  std::int64_t name = 0;
  JobStatus status = JobStatus::queued;
  auto operator<=>(const CounterKey&) const = default;
};

// Counters adds up, during a transaction, how many jobs came into and left each status, and writes each sum once before the commit: a
// thousand submissions change one row. Used on the writer's thread only.
class Counters final : public TransactionPart {
 public:
  Counters(Connection& connection, const StatementCatalog& catalog) : add_(catalog.prepare(connection, "add_to_counter")) {}

  void add(CounterKey key, std::int64_t n);

  // Puts what was added so far into the table, for those who read it in the same transaction.
  void flush();

  void before_commit() override { flush(); }
  void rolled_back() noexcept override { sums_.clear(); }

 private:
  struct Sum {
    CounterKey key;
    std::int64_t n;
  };

  Statement add_;
  std::vector<Sum> sums_;  // few: sorted by key
};

}  // namespace orc::sqlite
