#pragma once

#include "adapters/sandbox/usage_meter.h"
#include "adapters/warm_pool/warm_lines.h"
#include "domain/time.h"

namespace orc {

// WarmUsage tells what each request takes of a process that stays up. Time passes for all alike; processor time and memory are the
// process's, and a request's only if no other was in it from when it was sent to its answer: else nothing is told of them, as a part would
// be a guess. Costs two readings for a request that comes to an empty process, none for the others. Not thread-safe.
class WarmUsage {
 public:
  explicit WarmUsage(SteadyTime started) : started_(started) {}

  // Null: nobody counts, or not any more. What was counted last then holds for the end of whoever is still in the process.
  void count_with(UsageMeter* meter);
  void ended_with(std::optional<std::chrono::milliseconds> cpu, std::optional<std::int64_t> peak_bytes);

  void sent(WarmRequestId request);
  // It is in the process no more. Without its bytes.
  Usage took(WarmRequestId request, SteadyTime sent, SteadyTime now);

 private:
  struct Reading {
    std::optional<std::chrono::milliseconds> cpu;
    std::optional<std::int64_t> peak_bytes;
  };

  const SteadyTime started_;
  UsageMeter* meter_ = nullptr;
  Reading last_;
  int in_process_ = 0;
  std::optional<WarmRequestId> alone_;  // has been so from its first moment on
  std::optional<std::chrono::milliseconds> cpu_before_;
};

}  // namespace orc
