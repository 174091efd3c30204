#pragma once

#include <cstdint>

#include "domain/deliberation/execution_figures.h"
#include "ports/clock.h"
#include "ports/deliberation_store.h"

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

  // Errors: unavailable, if the figures cannot be read: the service is unhealthy.
  Async<ExecutorState> run();

 private:
  DeliberationStore& store_;
  Clock& clock_;
  const SteadyTime started_;
};

}  // namespace orc
