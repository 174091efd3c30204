#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sandbox/run_places.h"
#include "adapters/sandbox/sandbox_root.h"
#include "domain/plugin/network_access.h"

namespace orc {

// Everything that decides how one sandbox is made.
struct SandboxPlan {
  std::filesystem::path launcher;
  std::filesystem::path bubblewrap;
  std::vector<std::filesystem::path> cgroup_files;  // to join
  std::filesystem::path memory_events;              // RunCgroup::memory_events()
  std::optional<std::uint32_t> own_id;              // uid and gid on the host; empty: the service's own, which is not root
  std::filesystem::path stage;                      // with own_id: an existing folder of the host, covered for this run's eyes only
  std::vector<SandboxMount> mounts;
  std::int64_t memory_mb = 0;
  int pids = 0;  // our own in each sandbox included: orc-launch, bubblewrap, and the init of its process namespace
  std::int64_t scratch_mb = 0;
  bool hands_out_output = false;  // with own_id: the output folder is ours, sent by hand_out_descriptor
  bool only_rlimits = false;      // no cgroup counts: limit each process's memory, and the processes of own_id, which must be nobody else's
  NetworkAccess network = NetworkAccess::none;
  RunPlaces places;
  std::map<std::string, std::string> environment;
  std::vector<std::string> command;
};

struct LaunchCommand {
  std::vector<std::string> arguments;  // of orc-launch
  std::string sandbox_arguments;  // of bubblewrap, each closed by a zero: they come by a file, so that no process list shows an environment
};

// Where orc-launch sends what the plugin left in its output folder (collected_files.h), if the plan says so.
inline constexpr int collection_descriptor = 6;

// Where orc-launch sends the output folder itself, if the plan says so.
inline constexpr int hand_out_descriptor = 7;

// The descriptors by which orc-launch hands on bubblewrap's arguments and the system call filter. Those before are the plugin's: input,
// output, log, progress.
inline constexpr int arguments_descriptor = 4;
inline constexpr int filter_descriptor = 5;

// Pure.
LaunchCommand make_launch_command(const SandboxPlan& plan);

}  // namespace orc
