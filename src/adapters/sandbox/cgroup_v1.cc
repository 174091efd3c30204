#include "adapters/sandbox/cgroup_v1.h"

#include <algorithm>
#include <string>

#include "adapters/sandbox/cgroup_files.h"

namespace orc {
namespace {

constexpr double cpu_period_us = 100'000;

}  // namespace

CgroupV1::CgroupV1(CgroupV1Folders folders)
    : folders_(std::move(folders)),
      peak_(open_counter(folders_.memory / "memory.max_usage_in_bytes")),
      cpu_(folders_.cpuacct ? open_counter(*folders_.cpuacct / "cpuacct.usage") : FileDescriptor()) {}

CgroupV1::~CgroupV1() {
  remove_cgroup(folders_.memory);
  remove_cgroup(folders_.pids);
  if (folders_.cpu) remove_cgroup(*folders_.cpu);
  if (folders_.cpuacct) remove_cgroup(*folders_.cpuacct);
}

// Memory with swap may never be limited below memory alone, so the order depends on the direction. Not every kernel counts swap.
Result<void> CgroupV1::limit_memory(std::int64_t bytes) {
  if (bytes == memory_bytes_) return {};
  const std::filesystem::path with_swap = folders_.memory / "memory.memsw.limit_in_bytes";
  const bool counts_swap = std::filesystem::exists(with_swap);
  const bool grows = memory_bytes_ != 0 && bytes > memory_bytes_;
  const std::string text = std::to_string(bytes);
  if (counts_swap && grows)
    if (auto written = write_kernel_file(with_swap, text); !written) return written;
  if (auto written = write_kernel_file(folders_.memory / "memory.limit_in_bytes", text); !written) return written;
  if (counts_swap && !grows)
    if (auto written = write_kernel_file(with_swap, text); !written) return written;
  memory_bytes_ = bytes;
  return {};
}

Result<void> CgroupV1::prepare(const CgroupLimits& limits) {
  if (auto limited = limit_memory(limits.memory_bytes); !limited) return limited;
  if (limits.pids != pids_) {
    if (auto written = write_kernel_file(folders_.pids / "pids.max", std::to_string(limits.pids)); !written) return written;
    pids_ = limits.pids;
  }
  const auto quota = std::max<std::int64_t>(1'000, static_cast<std::int64_t>(limits.cpus * cpu_period_us));
  if (folders_.cpu && quota != cpu_quota_us_) {
    if (auto written = write_kernel_file(*folders_.cpu / "cpu.cfs_quota_us", std::to_string(quota)); !written) return written;
    cpu_quota_us_ = quota;
  }
  if (auto written = write_kernel_file(folders_.memory / "memory.max_usage_in_bytes", "0"); !written) return written;
  if (folders_.cpuacct)
    if (auto written = write_kernel_file(*folders_.cpuacct / "cpuacct.usage", "0"); !written) return written;
  killed_before_ = killed_so_far();
  return {};
}

// Hierarchies may be mounted together; then one file joins both.
std::vector<std::filesystem::path> CgroupV1::join_files() const {
  std::vector<std::filesystem::path> files;
  for (const auto& folder : {std::optional(folders_.memory), std::optional(folders_.pids), folders_.cpu, folders_.cpuacct}) {
    if (!folder) continue;
    const std::filesystem::path file = *folder / "cgroup.procs";
    if (std::ranges::find(files, file) == files.end()) files.push_back(file);
  }
  return files;
}

std::filesystem::path CgroupV1::memory_events() const {
  return std::filesystem::exists(folders_.memory / "cgroup.event_control") ? folders_.memory : std::filesystem::path();
}

std::int64_t CgroupV1::killed_so_far() const {
  return number_behind(read_kernel_file(folders_.memory / "memory.oom_control"), "oom_kill").value_or(0);
}

bool CgroupV1::ran_out_of_memory() const { return killed_so_far() > killed_before_; }

std::optional<std::int64_t> CgroupV1::peak_bytes() const { return leading_number(read_counter(peak_)); }

// What cannot be set back is told as it is, as prepare() has set it back before.
void CgroupV1::forget_peak() { [[maybe_unused]] const bool reset = reset_counter(peak_); }

std::optional<std::chrono::milliseconds> CgroupV1::cpu_time() const {
  const auto nanoseconds = leading_number(read_counter(cpu_));
  if (!nanoseconds) return {};
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(*nanoseconds));
}

std::optional<std::int64_t> CgroupV1::held_bytes() const {
  return number_behind(read_kernel_file(folders_.memory / "memory.stat"), "total_rss");
}

bool CgroupV1::kill_all() { return kill_members(folders_.memory) && kill_members(folders_.pids); }

}  // namespace orc
