#include "adapters/sqlite/worker_writes.h"

#include <utility>

#include "adapters/sql_text/placement_text.h"
#include "adapters/sql_text/text_of.h"

namespace orc::sqlite {

WorkerId WorkerWrites::add(const NewWorker& worker, Timestamp now) {
  const std::string equipment = equipment_to_text(worker.equipment);
  return static_cast<WorkerId>(add_.number(worker.name, worker.isolation, worker.slots, worker.home, now, worker.instance, equipment));
}

Result<void> WorkerWrites::beat(WorkerId id) {
  if (beat_.execute(id) == 0)
    return fail(ErrorCode::not_found, text_of("worker ", id, " was taken for dead and removed; its jobs are somebody else's now"));
  return {};
}

Result<void> WorkerWrites::set_intake(WorkerId id, WorkerIntake intake) {
  if (set_intake_.execute(id, intake) == 0) return fail(ErrorCode::not_found, "Worker not found");
  rooms_.forget(id);
  return {};
}

void WorkerWrites::remove(WorkerId id) {
  remove_.execute(id);
  rooms_.forget(id);
}

}  // namespace orc::sqlite
