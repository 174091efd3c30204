#pragma once

#include "adapters/sandbox/run_cgroup.h"
#include "adapters/system/file_descriptor.h"

namespace orc {

// One folder of cgroup version 2 (Documentation/admin-guide/cgroup-v2.rst of the kernel).
class CgroupV2 final : public RunCgroup {
 public:
  // The folder exists with memory and pids, and is ours; it is removed at the end.
  explicit CgroupV2(std::filesystem::path folder);
  ~CgroupV2() override;
  CgroupV2(const CgroupV2&) = delete;
  CgroupV2& operator=(const CgroupV2&) = delete;

  Result<void> prepare(const CgroupLimits& limits) override;
  std::vector<std::filesystem::path> join_files() const override;
  std::filesystem::path memory_events() const override;
  bool ran_out_of_memory() const override;
  // Empty before Linux 6.12: there memory.peak counts from the folder's creation, over all runs.
  std::optional<std::int64_t> peak_bytes() const override;
  std::optional<std::chrono::milliseconds> cpu_time() const override;
  void forget_peak() override;
  std::optional<std::int64_t> held_bytes() const override;
  bool kill_all() override;

 private:
  std::int64_t killed_so_far() const;
  std::optional<std::int64_t> cpu_so_far_us() const;

  const std::filesystem::path folder_;
  FileDescriptor cpu_;
  FileDescriptor peak_;
  bool peak_is_ours_ = false;  // it was set back, which counts for this descriptor alone
  std::int64_t killed_before_ = 0;
  std::int64_t cpu_before_us_ = 0;
};

}  // namespace orc
