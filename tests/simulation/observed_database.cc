#include "tests/simulation/observed_database.h"

#include <utility>

namespace orc::simulation {

boost::asio::awaitable<SubmitOutcome> ObservedDatabase::submit(std::vector<NewJob> jobs) {
  std::vector<std::string> keys;
  for (const NewJob& job : jobs) keys.push_back(job.idempotency ? job.idempotency->key : std::string());
  if (bug_ == PlantedBug::keys_are_forgotten)
    for (NewJob& job : jobs) job.idempotency.reset();
  auto outcome = co_await jobs_.submit(std::move(jobs));
  for (std::size_t i = 0; outcome && i < outcome->size(); ++i) {
    const SubmittedJob& made = outcome->at(i);
    if (!made.is_repeat) ports_.ledger.submitted(made.id, keys[i]);
    note(made.is_repeat ? "submit repeated, job" : "submit, job", std::to_underlying(made.id));
  }
  co_return outcome;
}

Async<Claim> ObservedDatabase::claim(WorkerId worker, int count) {
  const bool is_gone = !state_.workers.contains(worker);
  if (bug_ == PlantedBug::claim_ignores_removal && is_gone)
    state_.workers[worker] = {.id = worker, .name = ports_.ledger.process_of(worker)};
  auto claim = co_await jobs_.claim(worker, count);
  if (bug_ == PlantedBug::claim_ignores_removal && is_gone) state_.workers.erase(worker);
  if (!claim) co_return claim;
  ports_.ledger.claimed(*claim);
  for (const ClaimedJob& job : claim->jobs) {
    note("claim by worker, job", std::to_underlying(worker), std::to_underlying(job.id));
    note("  with fence", std::to_underlying(job.fence));
  }
  co_return claim;
}

Async<JobStatus> ObservedDatabase::finish(AttemptEnd end) {
  AttemptEnd stored = end;
  const auto row = state_.jobs.find(end.id);
  if (bug_ == PlantedBug::fence_is_not_checked && row != state_.jobs.end()) stored.fence = row->second.fence;
  auto status = co_await jobs_.finish(std::move(stored));
  note(status ? "finish, job" : "finish refused, job", std::to_underlying(end.id), std::to_underlying(end.fence));
  ports_.ledger.finished(end, status);
  co_return status;
}

Async<JobStatus> ObservedDatabase::cancel(JobId id) {
  auto before = co_await jobs_.cancel(id);
  note(before ? "cancel, job" : "cancel refused, job", std::to_underlying(id));
  if (before) ports_.ledger.cancelled(id);
  co_return before;
}

Async<Rescue> ObservedDatabase::rescue(WorkerId dead, WorkerEnd end) {
  auto rescue = co_await jobs_.rescue(dead, end);
  if (!rescue) co_return rescue;
  note("rescue of worker, jobs", std::to_underlying(dead), std::ssize(rescue->requeued) + std::ssize(rescue->failed));
  ports_.ledger.rescued(dead, end, *rescue, ports_.lives(ports_.ledger.process_of(dead)), ports_.time.now());
  co_return rescue;
}

Async<WorkerId> ObservedDatabase::add(NewWorker worker) {
  const std::string process = worker.name;
  auto id = co_await workers_.add(std::move(worker));
  if (!id) co_return id;
  note("worker signs on", std::to_underlying(*id));
  ports_.ledger.worker_added(*id, process, ports_.time.now());
  co_return id;
}

Async<void> ObservedDatabase::beat(WorkerId id) {
  auto beaten = co_await workers_.beat(id);
  if (beaten) ports_.ledger.worker_beat(id, ports_.time.now());
  co_return beaten;
}

}  // namespace orc::simulation
