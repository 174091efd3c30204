#include "tests/fakes/memory_worker_store.h"

namespace orc {

Async<WorkerId> MemoryWorkerStore::add(NewWorker worker) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  const auto id = state_.next_id<WorkerId>();
  state_.workers[id] = {.id = id,
                        .name = std::move(worker.name),
                        .isolation = worker.isolation,
                        .slots = worker.slots,
                        .home = worker.home,
                        .started_at = state_.clock.now(),
                        .instance = std::move(worker.instance),
                        .equipment = std::move(worker.equipment)};
  co_return id;
}

Async<void> MemoryWorkerStore::beat(WorkerId id) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  const auto found = state_.workers.find(id);
  if (found == state_.workers.end()) co_return fail(ErrorCode::not_found, "there is no worker " + std::to_string(std::to_underlying(id)));
  ++found->second.beat;
  co_return Result<void>{};
}

Async<void> MemoryWorkerStore::set_intake(WorkerId id, WorkerIntake intake) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  const auto found = state_.workers.find(id);
  if (found == state_.workers.end()) co_return fail(ErrorCode::not_found, "Worker not found");
  found->second.intake = intake;
  co_return Result<void>{};
}

Async<std::vector<Worker>> MemoryWorkerStore::list() {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::vector<Worker> all;
  for (const auto& [id, worker] : state_.workers) all.push_back(worker);
  co_return all;
}

Async<void> MemoryWorkerStore::remove(WorkerId id) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  for (const auto& [job, row] : state_.jobs)
    if (row.worker == id && row.job.status == JobStatus::processing) co_return Result<void>{};
  state_.workers.erase(id);
  co_return Result<void>{};
}

}  // namespace orc
