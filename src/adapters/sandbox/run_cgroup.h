#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "adapters/sandbox/usage_meter.h"
#include "domain/result.h"

namespace orc {

struct CgroupLimits {
  std::int64_t memory_bytes;
  int pids;
  double cpus;
};

// RunCgroup holds everything that one run starts, within limits that the kernel counts over all of it. One for each slot, used by one run
// after another, as making and removing one costs as much as starting a program. Not thread-safe; its files are small and never block long.
class RunCgroup : public UsageMeter {
 public:
  // Makes it ready for the next run: limits set, counters noted. Precondition: it is empty.
  // Errors: unavailable, naming the file that could not be written; the run must not start then.
  virtual Result<void> prepare(const CgroupLimits& limits) = 0;

  // The files to which a process writes "0" to join.
  virtual std::vector<std::filesystem::path> join_files() const = 0;

  // The folder that tells when memory runs out, where the kernel kills one process then and not the whole run; empty: it kills all.
  virtual std::filesystem::path memory_events() const = 0;

  // Whether the kernel has killed something in it for want of memory since prepare().
  virtual bool ran_out_of_memory() const = 0;

  // Of a UsageMeter: everything in it since prepare(), killed processes and page cache included; empty if this kernel does not say.
  std::optional<std::chrono::milliseconds> cpu_time() const override = 0;
  std::optional<std::int64_t> peak_bytes() const override = 0;
  void forget_peak() override = 0;

  // The memory that its processes hold just now, page cache left out; empty if this kernel does not say.
  virtual std::optional<std::int64_t> held_bytes() const = 0;

  // Kills whatever is in it; true if nothing was.
  virtual bool kill_all() = 0;
};

}  // namespace orc
