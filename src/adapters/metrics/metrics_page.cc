#include "adapters/metrics/metrics_page.h"

namespace orc {

boost::asio::awaitable<std::string> MetricsPage::text() {
  const auto counts = co_await jobs_.counts(std::nullopt);
  const auto oldest = co_await jobs_.oldest_wait();
  if (counts && oldest) metrics_.queue_is(*counts, *oldest);
  co_return metrics_.text();
}

}  // namespace orc
