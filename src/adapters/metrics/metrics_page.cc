#include "adapters/metrics/metrics_page.h"

namespace orc {

boost::asio::awaitable<std::string> MetricsPage::text() {
  const auto counts = co_await jobs_.counts(std::nullopt);
  const auto oldest = co_await jobs_.oldest_wait();
  metrics_.job_counts_are(counts ? std::optional(*counts) : std::nullopt);
  metrics_.oldest_wait_is(oldest ? std::optional(oldest->value_or(std::chrono::milliseconds{0})) : std::nullopt);
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

}  // namespace orc
