#include "application/job/drain_worker.h"

namespace orc {

Async<void> DrainWorker::run(Actor actor, WorkerId worker, WorkerIntake intake) {
  if (auto done = co_await workers_.set_intake(worker, intake); !done) co_return done;
  const bool is_open = intake == WorkerIntake::open;
  if (is_open) signals_.work_arrived();  // its claim may be waiting while jobs are
  AuditEntry entry{.actor = actor.user(),
                   .action = is_open ? "worker.resume" : "worker.drain",
                   .subject = "worker " + std::to_string(std::to_underlying(worker)),
                   .from = actor.from};
  co_return co_await audit_.append(std::move(entry));
}

}  // namespace orc
