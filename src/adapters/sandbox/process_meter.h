#pragma once

#include <sys/types.h>
#include <vector>

#include "adapters/sandbox/usage_meter.h"
#include "adapters/system/file_descriptor.h"

namespace orc {

// ProcessMeter counts where no cgroup does: processes that are there when it is made, and the children that they have waited for since.
// Processor time in the kernel's ticks, a hundredth of a second; of memory the most that one of them held.
class ProcessMeter final : public UsageMeter {
 public:
  // More than processes_max are too many to ask for each request: then nothing is told.
  explicit ProcessMeter(const std::vector<pid_t>& processes);

  static constexpr std::size_t processes_max = 16;

  std::optional<std::chrono::milliseconds> cpu_time() const override;
  std::optional<std::int64_t> peak_bytes() const override;
  void forget_peak() override;
  // What they hold just now, files that are mapped included; empty if none of them is there any more.
  std::optional<std::int64_t> held_bytes() const;

 private:
  struct Counted {
    FileDescriptor stat;  // man 5 proc, as are these
    FileDescriptor status;
    FileDescriptor clear_refs;
  };

  std::vector<Counted> counted_;
  bool peak_is_ours_ = false;
};

}  // namespace orc
