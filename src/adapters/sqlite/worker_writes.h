#pragma once

#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/worker_rooms.h"
#include "ports/worker_store.h"

namespace orc::sqlite {

// WorkerWrites changes the rows of workers; each method as in WorkerStore. Writer's thread only.
class WorkerWrites {
 public:
  WorkerWrites(Connection& connection, const StatementCatalog& catalog, WorkerRooms& rooms)
      : rooms_(rooms),
        add_(catalog.prepare(connection, "add_worker")),
        beat_(catalog.prepare(connection, "beat_worker")),
        set_intake_(catalog.prepare(connection, "set_worker_intake")),
        remove_(catalog.prepare(connection, "remove_worker")),
        probe_(catalog.prepare(connection, "probe")) {}

  WorkerId add(const NewWorker& worker, Timestamp now);
  Result<void> beat(WorkerId id);
  Result<void> set_intake(WorkerId id, WorkerIntake intake);
  void remove(WorkerId id);

  // Writes something, to see whether that works.
  void probe(Timestamp now) { probe_.execute(now); }

 private:
  WorkerRooms& rooms_;
  Statement add_;
  Statement beat_;
  Statement set_intake_;
  Statement remove_;
  Statement probe_;
};

}  // namespace orc::sqlite
