#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sandbox/launch_command.h"
#include "adapters/sandbox/run_places.h"

namespace orc {

// Everything that decides how a run is started without bubblewrap: at the isolation levels `container` and `none`.
struct DirectPlan {
  std::filesystem::path launcher;
  std::vector<std::filesystem::path> cgroup_files;  // to join
  std::filesystem::path memory_events;              // RunCgroup::memory_events()
  std::optional<std::uint32_t> own_id;              // uid and gid on the host; empty: the service's own, which is not root
  std::optional<std::uint32_t> group;               // one more, that may pass through the service's folders
  bool only_named_files = true;                     // held by Landlock; else it may open what its uid may
  NetworkAccess network = NetworkAccess::none;
  RunPlaces places;
  std::int64_t memory_mb = 0;
  int pids = 0;
  std::int64_t scratch_mb = 0;
  std::map<std::string, std::string> environment;
  std::vector<std::string> command;
};

// Pure. What else it needs comes by the same descriptors as a sandbox's: its environment instead of bubblewrap's arguments, and the system
// call filter.
LaunchCommand make_direct_command(const DirectPlan& plan);

}  // namespace orc
