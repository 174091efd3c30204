#include "adapters/sandbox/cgroup_v2.h"

#include <algorithm>
#include <string>

#include "adapters/sandbox/cgroup_files.h"

namespace orc {

CgroupV2::CgroupV2(std::filesystem::path folder) : folder_(std::move(folder)) {}

CgroupV2::~CgroupV2() { remove_cgroup(folder_); }

Result<void> CgroupV2::prepare(const CgroupLimits& limits) {
  struct Setting {
    const char* file;
    std::string text;
    bool optional;  // a kernel without swap or without the cpu controller has no such file
  };
  const auto quota = std::max<std::int64_t>(1'000, static_cast<std::int64_t>(limits.cpus * 100'000));
  const Setting settings[] = {
      {"memory.max", std::to_string(limits.memory_bytes), false},
      {"memory.swap.max", "0", true},
      {"memory.oom.group", "1", true},
      {"pids.max", std::to_string(limits.pids), false},
      {"cpu.max", std::to_string(quota) + " 100000", true},
  };
  for (const Setting& setting : settings) {
    if (setting.optional && !std::filesystem::exists(folder_ / setting.file)) continue;
    if (auto written = write_kernel_file(folder_ / setting.file, setting.text); !written) return written;
  }
  if (!cpu_.is_open()) cpu_ = open_counter(folder_ / "cpu.stat");
  if (!peak_.is_open()) peak_ = open_counter(folder_ / "memory.peak");
  forget_peak();
  killed_before_ = killed_so_far();
  cpu_before_us_ = cpu_so_far_us().value_or(0);
  return {};
}

std::vector<std::filesystem::path> CgroupV2::join_files() const { return {folder_ / "cgroup.procs"}; }

std::filesystem::path CgroupV2::memory_events() const { return {}; }

std::int64_t CgroupV2::killed_so_far() const { return number_behind(read_kernel_file(folder_ / "memory.events"), "oom_kill").value_or(0); }

bool CgroupV2::ran_out_of_memory() const { return killed_so_far() > killed_before_; }

std::optional<std::int64_t> CgroupV2::peak_bytes() const { return peak_is_ours_ ? leading_number(read_counter(peak_)) : std::nullopt; }

void CgroupV2::forget_peak() { peak_is_ours_ = peak_.is_open() && reset_counter(peak_); }

std::optional<std::int64_t> CgroupV2::cpu_so_far_us() const { return number_behind(read_counter(cpu_), "usage_usec"); }

std::optional<std::chrono::milliseconds> CgroupV2::cpu_time() const {
  const auto microseconds = cpu_so_far_us();
  if (!microseconds) return {};
  return std::chrono::milliseconds((*microseconds - cpu_before_us_) / 1'000);
}

std::optional<std::int64_t> CgroupV2::held_bytes() const { return number_behind(read_kernel_file(folder_ / "memory.stat"), "anon"); }

// All at once where the kernel can (cgroup.kill, Linux 5.14): who forks meanwhile is caught too.
bool CgroupV2::kill_all() {
  if (read_kernel_file(folder_ / "cgroup.procs").empty()) return true;
  if (write_kernel_file(folder_ / "cgroup.kill", "1")) return false;
  return kill_members(folder_);
}

}  // namespace orc
