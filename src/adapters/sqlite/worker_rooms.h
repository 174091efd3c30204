#pragma once

#include <map>
#include <optional>

#include "adapters/sqlite/placement_classes.h"
#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/transaction_part.h"
#include "domain/placement/claim_room.h"
#include "ports/worker_store.h"

namespace orc::sqlite {

// WorkerRooms knows what each worker has, and what its runs hold of it: read once, and kept up by whoever gives a job to a worker or takes
// it away. Writer's thread only.
class WorkerRooms final : public TransactionPart {
 public:
  WorkerRooms(Connection& connection, const StatementCatalog& catalog, PlacementClasses& classes);

  // A worker as it signed on, with what its runs hold; one that is draining wins nothing.
  struct Claimant {
    ClaimRoom room;
    WorkerIntake intake = WorkerIntake::open;
  };

  // Nothing if the worker is not registered. What is taken in its room does not count here.
  std::optional<Claimant> find(WorkerId worker);

  // That many jobs of the class became, or are no more, the worker's.
  void hold(WorkerId worker, PlacementClassId one, std::int64_t count);

  // Its row changed, or is gone.
  void forget(WorkerId worker) { rooms_.erase(worker); }

  void before_commit() override {}
  void rolled_back() noexcept override { rooms_.clear(); }

 private:
  static constexpr std::size_t known_max = 10'000;

  Statement worker_room_;
  Statement runs_held_;
  PlacementClasses& classes_;
  std::map<WorkerId, Claimant> rooms_;
};

}  // namespace orc::sqlite
