#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace orc {

// What this process may use of its host: the whole of it, or what its control groups (v1 and v2) leave.
struct HostCapacity {
  double cpus = 1;
  std::int64_t memory_mb = 0;       // 0: it cannot be known
  std::string host;                 // the running kernel, which containers share; another one after a restart; empty: it cannot be known
  std::int64_t host_memory_mb = 0;  // the whole of it, whatever control groups leave us; 0: it cannot be known
};

// Where the kernel tells it.
struct HostFiles {
  std::filesystem::path proc = "/proc";
  std::filesystem::path cgroup = "/sys/fs/cgroup";
};

// `cores` is what the scheduler gives us (std::thread::hardware_concurrency()). Never fails: what cannot be read bounds nothing.
HostCapacity host_capacity(const HostFiles& files, unsigned cores);

// What plugin runs may take of `memory_mb`, if nobody says otherwise: all but a tenth, and at least 256 MB, for the service and the system;
// but 512 MB, the memory of a plugin that declares none, in any case.
std::int64_t memory_for_runs(std::int64_t memory_mb);

}  // namespace orc
