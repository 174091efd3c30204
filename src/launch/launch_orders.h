#pragma once

#include <optional>
#include <string>
#include <sys/resource.h>
#include <sys/types.h>
#include <vector>

namespace orc::launch {

enum class MountKind { read_only, device };

struct MountOrder {
  std::string source;
  std::string target;  // exists
  MountKind kind;
};

struct LimitOrder {
  int resource;  // RLIMIT_*
  rlim_t value;  // soft and hard; lowered to what is allowed here
};

struct LaunchOrders {
  pid_t parent = 0;                  // who must be alive
  std::vector<std::string> cgroups;  // files named cgroup.procs to write oneself to
  std::vector<MountOrder> mounts;    // made in order in a mount namespace of our own, before the uid is dropped
  std::vector<LimitOrder> limits;
  std::optional<uid_t> own_id;  // uid and gid to become; empty: stay who we are
  char** command = nullptr;     // the program to run and its arguments; borrowed from argv
};

// Orders as the service writes them (adapters/sandbox/launch_command.h):
//   orc-launch --parent PID [--cgroup FILE]... [--mount SOURCE TARGET ro|dev]... [--limit NAME VALUE]... [--id N] -- PROGRAM [ARGUMENT]...
// Anything else throws std::runtime_error that names the word.
LaunchOrders read_orders(int argc, char** argv);

}  // namespace orc::launch
