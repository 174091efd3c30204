#pragma once

#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "adapters/postgres/counters.h"
#include "adapters/postgres/turn_plan.h"
#include "adapters/postgres/writer.h"
#include "ports/job_store.h"
#include "ports/worker_store.h"

namespace orc::postgres {

struct ClaimRequest {
  WorkerId worker{};
  int count = 1;
};

// ClaimKind hands waiting jobs to workers: requests are ClaimRequest, answers Claim, as JobStore::claim. Several claims share one
// transaction. Claims of other processes go on beside it, on other jobs.
class ClaimKind final : public Writer::Kind {
 public:
  void run(Transaction& transaction, std::span<Writer::Waiting* const> operations, Timestamp now) override;
};

// One transaction's worth of it.
class ClaimBatch {
 public:
  ClaimBatch(Transaction& transaction, Timestamp now) : transaction_(transaction), now_(now) {}

  // Those of `workers` that may win jobs; they stay until the commit. Puts delayed jobs whose time has come into their lines.
  std::map<WorkerId, WorkerIntake> begin(const std::vector<WorkerId>& workers);

  // The next up to `count` jobs in the order of their turns, locked for this transaction.
  std::vector<ClaimedJob> take(std::int64_t count);

  // Writes that those jobs are the workers', at the same places, and gives when the next delayed job is due.
  std::optional<Timestamp> finish(const std::vector<ClaimedJob>& jobs, const std::vector<WorkerId>& workers);

 private:
  // One claim looks at this many delayed jobs whose time has come; the rest comes with the next one.
  static constexpr std::int64_t promoted_max = 1000;

  struct Taken {
    int priority;
    std::int64_t pass;
    std::int64_t share;
    std::int64_t owner;
    ClaimedJob job;
  };

  std::vector<Taken> take_from(const std::vector<ShareTurn>& shares, const std::vector<std::int64_t>& turns);
  void retire_dry_shares();

  Transaction& transaction_;
  const Timestamp now_;
  std::vector<ShareTurn> next_;                  // read by begin()
  std::set<std::int64_t> dry_;                   // shares that gave fewer than their turns
  std::map<std::int64_t, std::int64_t> served_;  // by share
  std::map<JobId, std::int64_t> owners_;
};

}  // namespace orc::postgres
