#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace orc {

// Where one hierarchy is mounted, and which folder of it this process is in.
struct CgroupPlace {
  std::filesystem::path top;
  std::filesystem::path own;
  bool operator==(const CgroupPlace&) const = default;
};

struct CgroupMounts {
  std::optional<CgroupPlace> unified;  // version 2
  std::optional<CgroupPlace> memory;   // version 1, from here on
  std::optional<CgroupPlace> pids;
  std::optional<CgroupPlace> cpu;
  std::optional<CgroupPlace> cpuacct;
};

// Reads the texts of /proc/self/mountinfo and /proc/self/cgroup (man 5 proc, man 7 cgroups). What is not mounted is empty.
CgroupMounts read_cgroup_mounts(std::string_view mountinfo, std::string_view self_cgroup);

}  // namespace orc
