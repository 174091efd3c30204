#pragma once

#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/transaction_part.h"
#include "domain/placement/claim_room.h"

namespace orc::sqlite {

// PlacementClasses numbers what runs need: jobs with equal requirements are of one class. A number is never given twice. Writer's thread
// only.
class PlacementClasses final : public TransactionPart {
 public:
  PlacementClasses(Connection& connection, const StatementCatalog& catalog);

  // Makes the class if there is none.
  PlacementClassId id_of(const Requirements& requirements);

  // Removes those that nothing needs any more.
  void tidy() { remove_unused_.execute(); }

  // Reads the class into known(), if it is not there yet.
  void look_up(PlacementClassId id);

  // Those that were looked up since the last rollback.
  const ClaimRoom::Classes& known() const { return known_; }

  void before_commit() override {}
  void rolled_back() noexcept override { known_.clear(); }

 private:
  Statement id_of_;
  Statement add_;
  Statement requirements_;
  Statement remove_unused_;
  ClaimRoom::Classes known_;
};

}  // namespace orc::sqlite
