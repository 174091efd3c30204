#pragma once

#include <optional>
#include <string>
#include <sys/resource.h>
#include <sys/types.h>
#include <vector>

#include "launch/landlock.h"
#include "launch/run_watch.h"

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

// A folder in memory that the program may write to.
struct MemoryFolder {
  std::string folder;  // exists; covered for this run's eyes only
  std::size_t bytes = 0;
};

// One that is looked at after its end.
struct OutputOrder : MemoryFolder {
  bool is_handed_out = false;  // it is not the program's, but of who started us, and goes to them by hand_out_descriptor
};

// A plugin that is started by orc-launch itself and not by bubblewrap: at the isolation levels `container` and `none`.
struct DirectOrders {
  std::string folder;               // where it starts
  std::optional<gid_t> group;       // one more that it belongs to
  std::optional<rlim_t> processes;  // beside those that its uid has already, where that uid is not its own
  std::vector<AccessOrder> access;  // all that Landlock lets it open; empty: everything
  TcpUse tcp = TcpUse::none;        // with `access`
  WatchOrders watch;
  std::string collected;  // a folder that is looked at after its end; empty: none
};

struct LaunchOrders {
  pid_t parent = 0;                  // who must be alive
  std::vector<std::string> cgroups;  // files named cgroup.procs to write oneself to
  std::string memory_cgroup;         // of version 1: a folder whose want of memory we hear of; empty: none
  int memory_events = -1;            // where, once we listen
  std::vector<MountOrder> mounts;    // made in order in a mount namespace of our own, before the uid is dropped
  std::vector<LimitOrder> limits;
  std::optional<MemoryFolder> scratch;
  std::optional<OutputOrder> output;
  std::optional<uid_t> own_id;  // uid and gid to become; empty: stay who we are
  std::optional<DirectOrders> direct;
  char** command = nullptr;  // the program to run and its arguments; borrowed from argv
};

// Orders as the service writes them (adapters/sandbox/launch_command.h):
//   orc-launch --parent PID [--cgroup FILE]... [--memory-events FOLDER] [--mount SOURCE TARGET ro|dev]... [--scratch-memory
//   FOLDER BYTES] [--output FOLDER BYTES [--hand-out]] [--limit NAME VALUE]... [--id N] [DIRECT] -- PROGRAM [ARGUMENT]...
//   DIRECT: --direct FOLDER [--group N] [--processes N] [--access PATH read|write|device]... [--memory BYTES] [--scratch FOLDER BYTES]...
//   [--collect FOLDER]
// Anything else throws std::runtime_error that names the word.
LaunchOrders read_orders(int argc, char** argv);

}  // namespace orc::launch
