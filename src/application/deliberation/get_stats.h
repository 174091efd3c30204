#pragma once

#include <cstdint>
#include <vector>

#include "domain/deliberation/execution_figures.h"
#include "ports/clock.h"
#include "ports/deliberation_store.h"
#include "ports/readiness.h"

namespace orc {

enum class ExecutorHealth : std::uint8_t { healthy, degraded, unhealthy };

// "healthy", "degraded", "unhealthy".
std::string_view to_word(ExecutorHealth health);

struct ExecutorState {
  ExecutorHealth health = ExecutorHealth::healthy;
  std::chrono::seconds uptime{0};  // since this process serves
  ExecutionStats stats;            // from the store, so that they survive a restart
};

// GetStats tells how the service is and what it has done.
class GetStats {
 public:
  // Uptime counts from here.
  GetStats(DeliberationStore& store, Clock& clock) : store_(store), clock_(clock), started_(clock.steady_now()) {}

  // While `one` is not ready the service is degraded; looked at once a second at most. Before the first run(); `one` must outlive it.
  void depend_on(ReadinessProbe& one) { dependencies_.push_back(&one); }

  // Errors: unavailable, if the figures cannot be read: the service is unhealthy.
  Async<ExecutorState> run();

 private:
  static constexpr std::chrono::seconds judged_apart{1};

  boost::asio::awaitable<void> judge();

  DeliberationStore& store_;
  Clock& clock_;
  const SteadyTime started_;
  std::vector<ReadinessProbe*> dependencies_;
  ExecutorHealth health_ = ExecutorHealth::healthy;
  SteadyTime judge_again_at_{};
};

}  // namespace orc
