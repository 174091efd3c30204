#pragma once

#include <cstdint>
#include <optional>

#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/transaction_part.h"
#include "domain/strong_id.h"
#include "domain/time.h"

namespace orc::sqlite {

// JobIds gives each new job its id and its time: ids rise and are never used twice, not even that of a removed job after a restart; times
// never fall as ids rise, even if the clock does. Costs no write for a new job. Used on the writer's thread only.
class JobIds final : public TransactionPart {
 public:
  JobIds(Connection& connection, const StatementCatalog& catalog);

  JobId next();
  Timestamp created_at(Timestamp now);

  // A job is removed. Remembered durably if none is newer.
  void removed(JobId id);

  void before_commit() override;
  void rolled_back() noexcept override { state_.reset(); }

 private:
  struct State {
    std::int64_t last_id = 0;
    Timestamp last_time{};
    std::int64_t removed_id = 0;  // the highest in this transaction
  };

  State& state();

  Statement highest_job_;
  Statement floor_;
  Statement raise_floor_;
  std::optional<State> state_;  // empty: to be read
};

}  // namespace orc::sqlite
