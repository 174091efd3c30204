#pragma once

#include "ports/worker_store.h"
#include "tests/fakes/memory_state.h"

namespace orc {

class MemoryWorkerStore final : public WorkerStore {
 public:
  explicit MemoryWorkerStore(MemoryState& state) : state_(state) {}

  Async<WorkerId> add(NewWorker worker) override;
  Async<void> beat(WorkerId id) override;
  Async<void> set_intake(WorkerId id, WorkerIntake intake) override;
  Async<std::vector<Worker>> list() override;
  Async<void> remove(WorkerId id) override;

 private:
  MemoryState& state_;
};

}  // namespace orc
