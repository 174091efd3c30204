#include "adapters/metrics/metrics_page.h"

#include <map>

namespace orc {

boost::asio::awaitable<std::string> MetricsPage::text() {
  const auto counts = co_await jobs_.counts(std::nullopt);
  const auto oldest = co_await jobs_.oldest_wait();
  metrics_.job_counts_are(counts ? std::optional(*counts) : std::nullopt);
  metrics_.oldest_wait_is(oldest ? std::optional(oldest->value_or(std::chrono::milliseconds{0})) : std::nullopt);
  const auto those_who_run = co_await workers();
  metrics_.workers_are(those_who_run ? std::optional(*those_who_run) : std::nullopt);
  const auto callbacks = co_await callbacks_.waiting();
  metrics_.callbacks_waiting_are(callbacks ? std::optional(*callbacks) : std::nullopt);
  const auto deliberations = co_await deliberations_.counts();
  metrics_.deliberation_counts_are(deliberations ? std::optional(*deliberations) : std::nullopt);
  if (published_events_) {
    const auto events = co_await published_events_->backlog();
    metrics_.events_waiting_are(events ? std::optional(events->waiting) : std::nullopt);
  }
  metrics_.http_bytes_are(budget_.held(), budget_.bytes_max());
  co_return metrics_.text();
}

Async<WorkersReading> MetricsPage::workers() {
  auto all = co_await workers_.list();
  if (!all) co_return pass_on(all);
  auto loads = co_await jobs_.worker_loads();
  if (!loads) co_return pass_on(loads);
  std::map<WorkerId, std::int64_t> runs;
  for (const WorkerLoad& load : *loads) runs[load.worker] = load.runs;
  WorkersReading reading;
  for (const Worker& worker : *all) {
    const bool is_active = worker.intake == WorkerIntake::open;
    auto& of_state = is_active ? reading.active : reading.draining;
    ++of_state.workers;
    of_state.runs += runs[worker.id];
    if (is_active) reading.slots += worker.slots;
  }
  co_return reading;
}

}  // namespace orc
