#include "application/deliberation/get_stats.h"

namespace orc {

std::string_view to_word(ExecutorHealth health) {
  switch (health) {
    case ExecutorHealth::healthy:
      return "healthy";
    case ExecutorHealth::degraded:
      return "degraded";
    case ExecutorHealth::unhealthy:
      return "unhealthy";
  }
  return {};
}

Async<ExecutorState> GetStats::run() {
  auto counts = co_await store_.counts();
  if (!counts) co_return pass_on(counts);
  const auto usage = co_await store_.usage({});
  if (!usage) co_return std::unexpected(usage.error());
  const double average = counts->completed == 0 ? 0 : static_cast<double>(counts->completed_ms) / static_cast<double>(counts->completed);
  auto stats = ExecutionStats::create({.total = counts->running + counts->completed + counts->failed + counts->cancelled,
                                       .active = counts->running,
                                       .completed = counts->completed,
                                       .failed = counts->failed + counts->cancelled,
                                       .average_time_ms = average,
                                       .used = usage->account});
  if (!stats) co_return pass_on(stats);
  co_await judge();
  co_return ExecutorState{
      .health = health_, .uptime = std::chrono::floor<std::chrono::seconds>(clock_.steady_now() - started_), .stats = *stats};
}

boost::asio::awaitable<void> GetStats::judge() {
  const SteadyTime now = clock_.steady_now();
  if (now < judge_again_at_) co_return;
  judge_again_at_ = now + judged_apart;
  auto health = ExecutorHealth::healthy;
  for (ReadinessProbe* const one : dependencies_)
    if (!co_await one->check()) health = ExecutorHealth::degraded;
  health_ = health;
}

}  // namespace orc
