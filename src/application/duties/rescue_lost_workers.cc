#include "application/duties/rescue_lost_workers.h"

#include <utility>
#include <vector>

namespace orc {
namespace {

// A look takes place every second; this much later, something was in the way.
constexpr std::chrono::seconds blind_max{2};

}  // namespace

Async<void> RescueLostWorkers::run_once() {
  // The look took place at some moment between these two; this process may have been stopped for long in between.
  const SteadyTime asked_at = ports_.clock.steady_now();
  auto workers = co_await ports_.workers.list();
  const SteadyTime answered_at = ports_.clock.steady_now();
  if (!workers) co_return pass_on(workers);
  if (std::exchange(tells_again_, false)) ports_.signals.work_arrived();
  leave_out_blind_time(answered_at);
  beats_.saw(*workers, answered_at);
  std::erase_if(*workers, [&](const Worker& worker) { return !is_silent(worker, suspicion, asked_at); });
  if (workers->empty()) co_return Result<void>{};
  if (auto stored = co_await ports_.writes.check(); !stored) {
    beats_.begin_anew(ports_.clock.steady_now());
    co_return pass_on(stored);
  }
  std::erase_if(*workers, [&](const Worker& worker) { return !is_silent(worker, worker_lease, asked_at); });
  co_return co_await rescue_all(*workers, WorkerEnd::fell_silent);
}

bool RescueLostWorkers::is_silent(const Worker& worker, SteadyTime::duration least, SteadyTime now) const {
  return !(own_ && own_->id() == worker.id) && *beats_.silence(worker.id, now) >= least;
}

// One look counts for as long as it should take until the next.
void RescueLostWorkers::leave_out_blind_time(SteadyTime now) {
  const auto blind = looked_at_ ? now - *looked_at_ - blind_max : SteadyTime::duration::zero();
  if (blind > SteadyTime::duration::zero()) beats_.leave_out(blind);
  looked_at_ = now;
}

Async<void> RescueLostWorkers::take_over(std::optional<std::string> instance) {
  auto workers = co_await ports_.workers.list();
  if (!workers) co_return pass_on(workers);
  std::erase_if(*workers,
                [&](const Worker& worker) { return worker.home == WorkerHome::elsewhere || (instance && worker.instance != *instance); });
  co_return co_await rescue_all(*workers, WorkerEnd::replaced);
}

// One that cannot be rescued just now keeps nobody else from it. Gives the first error. Who waits for work hears of it when all rows are
// gone: the claim of a dead worker that still waits somewhere would win back what is taken from it.
Async<void> RescueLostWorkers::rescue_all(const std::vector<Worker>& dead, WorkerEnd end) {
  Result<void> outcome;
  for (const Worker& worker : dead)
    if (auto rescued = co_await rescue(worker, end); !rescued && outcome) outcome = std::move(rescued);
  if (std::exchange(has_requeued_, false)) {
    ports_.signals.work_arrived();
    // And once more with the next look: where several processes rescue at once, a claim passes over rows that one of them still holds.
    tells_again_ = true;
  }
  co_return outcome;
}

// Jobs first, row last: a crash in between repeats the rescue, which then finds nothing more to do.
Async<void> RescueLostWorkers::rescue(const Worker& worker, WorkerEnd end) {
  std::int64_t requeued = 0;
  std::int64_t failed = 0;
  Result<void> outcome;
  for (bool may_have_more = true; may_have_more;) {
    auto rescued = co_await ports_.jobs.rescue(worker.id, end);
    if (!rescued) {
      outcome = pass_on(rescued);
      break;
    }
    for (const JobId job : rescued->failed) ports_.signals.job_ended(job);
    requeued += std::ssize(rescued->requeued);
    failed += std::ssize(rescued->failed);
    may_have_more = std::ssize(rescued->requeued) + std::ssize(rescued->failed) >= rescue_batch_max;
  }
  if (outcome) outcome = co_await ports_.workers.remove(worker.id);
  has_requeued_ |= requeued > 0;
  if (!outcome) co_return outcome;
  ports_.log.warn("worker lost",
                  {{"worker_id", std::to_underlying(worker.id)}, {"worker", worker.name}, {"requeued", requeued}, {"failed", failed}});
  co_return outcome;
}

}  // namespace orc
