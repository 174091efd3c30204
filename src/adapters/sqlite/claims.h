#pragma once

#include <optional>

#include "adapters/sqlite/counters.h"
#include "adapters/sqlite/placement_classes.h"
#include "adapters/sqlite/share_turns.h"
#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/worker_rooms.h"
#include "ports/job_store.h"

namespace orc::sqlite {

// Claims hands waiting jobs to workers. Writer's thread only.
class Claims {
 public:
  Claims(Connection& connection, const StatementCatalog& catalog, Counters& counters, ShareTurns& turns, PlacementClasses& classes,
         WorkerRooms& rooms);

  // As JobStore::claim. Errors: not_found, if the worker is not registered: nobody would rescue its jobs.
  Result<Claim> claim(WorkerId worker, int count, Timestamp now);

 private:
  // One claim looks at this many delayed jobs whose time has come, or whose wait is not to be believed; the rest comes with the next one.
  static constexpr int promoted_max = 1000;

  void restart_waits(Timestamp now);
  void promote_due(Timestamp now);
  // Nothing, if it is an orphan: then it is set aside for end_orphans().
  std::optional<ClaimedJob> claim_one(JobId id, WorkerId worker, Timestamp now);

  Counters& counters_;
  ShareTurns& turns_;
  PlacementClasses& classes_;
  WorkerRooms& rooms_;
  Statement latest_wait_;
  Statement restart_waits_;
  Statement due_jobs_;
  Statement promote_;
  Statement next_due_;
  Statement job_to_claim_;
  Statement mark_claimed_;
  Statement set_aside_;
  Statement note_plugin_with_orphans_;
};

}  // namespace orc::sqlite
