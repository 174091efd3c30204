#pragma once

#include <optional>
#include <string>

#include "adapters/sandbox/live_run.h"
#include "ports/cluster.h"

namespace orc {

// What the kernel counted over the whole run, where a cgroup did.
struct CgroupReport {
  bool ran_out_of_memory = false;
  std::optional<std::int64_t> peak_bytes;
  std::optional<std::chrono::milliseconds> cpu_time;
};

// How the run ended in the words of the port: outcome, message, exit code, output, log, usage. Pure.
PluginOutcome judge(RunEnd end, const CgroupReport& report, const PluginRun& run, Isolation isolation, Timestamp now);

// The outcome of a run that was never started.
PluginOutcome refuse(std::string reason);

}  // namespace orc
