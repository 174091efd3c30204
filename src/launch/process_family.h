#pragma once

#include <optional>
#include <sys/types.h>
#include <vector>

namespace orc::launch {

struct Relation {
  pid_t process;
  pid_t parent;
};

// Every process that can be seen now, and whose child it is. From /proc/*/stat, as not every kernel lists children.
std::vector<Relation> processes_now();

// Those that descend from `ancestor`, `generations_skipped` nearest ones left out: 0 starts with its children.
std::vector<pid_t> descendants(const std::vector<Relation>& all, pid_t ancestor, int generations_skipped);

// Reaps every child that has ended; notes the status of `command`, if it was among them. True while a child is left.
bool reap(pid_t command, std::optional<int>& command_status);

}  // namespace orc::launch
