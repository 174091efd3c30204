#pragma once

#include <span>

#include "adapters/postgres/writer.h"
#include "domain/placement/claim_room.h"
#include "ports/job_store.h"

namespace orc::postgres {

struct ClaimRequest {
  WorkerId worker{};
  int count = 1;
};

// ClaimKind hands waiting jobs to workers: requests are ClaimRequest, answers Claim, as JobStore::claim. Several claims share one
// transaction. Claims of other processes go on beside it, on other jobs.
class ClaimKind final : public Writer::Kind {
 public:
  // Behind the ends of runs: they make room, and take rows that are locked in no order among claims.
  int order() const override { return 1; }
  void run(Transaction& transaction, std::span<Writer::Waiting* const> operations, Timestamp now) override;

 private:
  ClaimRoom::Classes classes_;  // that were met so far; they never change
};

}  // namespace orc::postgres
