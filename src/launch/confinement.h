#pragma once

#include "launch/launch_orders.h"

namespace orc::launch {

// The highest descriptor that the program is given: 0 to 2 are the plugin's, 3 the sandbox's arguments, 4 its system call filter.
inline constexpr int last_descriptor = 4;

// Puts this process within its limits: dies with its parent, leads a session of its own, is in its cgroups, sees its mounts, cannot exceed
// its resource limits, is nobody but its id, holds no capability, gains none by exec, has no descriptor but the first five.
// All or nothing: throws std::runtime_error that says which step failed; the caller must then end without running anything.
void confine(const LaunchOrders& orders);

// The kernel kills this process when its parent ends. Throws if that parent is gone already.
void die_with(pid_t parent);

}  // namespace orc::launch
