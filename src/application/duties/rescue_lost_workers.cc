#include "application/duties/rescue_lost_workers.h"

#include <utility>

namespace orc {
namespace {

// A look takes place every second; this much later, something was in the way.
constexpr std::chrono::seconds blind_max{2};

}  // namespace

Async<void> RescueLostWorkers::run_once() {
  // The look took place at some moment between these two; this process may have been stopped for long in between.
  const SteadyTime asked_at = clock_.steady_now();
  auto workers = co_await workers_.list();
  const SteadyTime answered_at = clock_.steady_now();
  if (!workers) co_return pass_on(workers);
  if (std::exchange(tells_again_, false)) signals_.work_arrived();
  leave_out_blind_time(answered_at);
  beats_.saw(*workers, answered_at);
  for (const Worker& worker : *workers) {
    if (*beats_.silence(worker.id, asked_at) < worker_lease || (own_ && own_->id() == worker.id)) continue;
    if (auto rescued = co_await rescue(worker); !rescued) co_return rescued;
  }
  co_return Result<void>{};
}

// One look counts for as long as it should take until the next.
void RescueLostWorkers::leave_out_blind_time(SteadyTime now) {
  const auto blind = looked_at_ ? now - *looked_at_ - blind_max : SteadyTime::duration::zero();
  if (blind > SteadyTime::duration::zero()) beats_.leave_out(blind);
  looked_at_ = now;
}

Async<void> RescueLostWorkers::take_over(std::optional<std::string> instance) {
  auto workers = co_await workers_.list();
  if (!workers) co_return pass_on(workers);
  for (const Worker& worker : *workers) {
    if (worker.home == WorkerHome::elsewhere || (instance && worker.instance != *instance)) continue;
    if (auto rescued = co_await rescue(worker); !rescued) co_return rescued;
  }
  co_return Result<void>{};
}

// Jobs first, row last: a crash in between repeats the rescue, which then finds nothing more to do.
Async<void> RescueLostWorkers::rescue(const Worker& worker) {
  auto rescued = co_await jobs_.rescue(worker.id);
  if (!rescued) co_return pass_on(rescued);
  if (auto removed = co_await workers_.remove(worker.id); !removed) co_return removed;
  log_.warn("worker lost", {{"worker_id", std::to_underlying(worker.id)},
                            {"worker", worker.name},
                            {"requeued", static_cast<std::int64_t>(rescued->requeued.size())},
                            {"failed", static_cast<std::int64_t>(rescued->failed.size())}});
  for (const JobId job : rescued->failed) signals_.job_ended(job);
  if (rescued->requeued.empty()) co_return Result<void>{};
  // And once more with the next look: where several processes rescue at once, a claim passes over rows that one of them still holds.
  signals_.work_arrived();
  tells_again_ = true;
  co_return Result<void>{};
}

}  // namespace orc
