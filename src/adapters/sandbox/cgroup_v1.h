#pragma once

#include <optional>

#include "adapters/sandbox/run_cgroup.h"
#include "adapters/system/file_descriptor.h"

namespace orc {

// One folder in each of the hierarchies of cgroup version 1 (Documentation/admin-guide/cgroup-v1 of the kernel).
struct CgroupV1Folders {
  std::filesystem::path memory;
  std::filesystem::path pids;
  std::optional<std::filesystem::path> cpu;
  std::optional<std::filesystem::path> cpuacct;
};

class CgroupV1 final : public RunCgroup {
 public:
  // The folders exist and are ours; they are removed at the end.
  explicit CgroupV1(CgroupV1Folders folders);
  ~CgroupV1() override;
  CgroupV1(const CgroupV1&) = delete;
  CgroupV1& operator=(const CgroupV1&) = delete;

  Result<void> prepare(const CgroupLimits& limits) override;
  std::vector<std::filesystem::path> join_files() const override;
  std::filesystem::path memory_events() const override;
  bool ran_out_of_memory() const override;
  std::optional<std::int64_t> peak_bytes() const override;
  std::optional<std::chrono::milliseconds> cpu_time() const override;
  void forget_peak() override;
  std::optional<std::int64_t> held_bytes() const override;
  bool kill_all() override;

 private:
  std::int64_t killed_so_far() const;
  Result<void> limit_memory(std::int64_t bytes);

  const CgroupV1Folders folders_;
  const FileDescriptor peak_;
  const FileDescriptor cpu_;       // not open: nobody counts it
  std::int64_t memory_bytes_ = 0;  // the limit that is set; 0: none
  int pids_ = 0;                   // likewise
  std::int64_t cpu_quota_us_ = 0;  // likewise
  std::int64_t killed_before_ = 0;
};

}  // namespace orc
