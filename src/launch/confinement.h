#pragma once

#include "launch/launch_orders.h"

namespace orc::launch {

// The highest descriptor that the program is given: 0 to 3 are the plugin's, 4 the sandbox's arguments, or the plugin's environment if it
// is started directly, 5 its system call filter.
inline constexpr int arguments_descriptor = 4;
inline constexpr int filter_descriptor = 5;
inline constexpr int last_descriptor = 5;
// Where orc-launch itself sends what the plugin left in its output folder (collection.h).
inline constexpr int collection_descriptor = 6;
// Where the output folder goes to if it is handed out: a socket, closed before anything runs.
inline constexpr int hand_out_descriptor = 7;

// Puts this process within its limits: dies with its parent, leads a session of its own, is in its cgroups, sees its mounts, cannot exceed
// its resource limits, is nobody but its id, holds no capability, gains none by exec, has no descriptor but the first seven.
// All or nothing: throws std::runtime_error that says which step failed; the caller must then end without running anything.
void confine(LaunchOrders& orders);

// The same for a plugin that is started directly, in two steps. First this process, which stays who it is, as it must be able to kill what
// takes another id: it is told by signal_to_kill when its parent has ended.
void confine_supervisor(LaunchOrders& orders);
// Then the process that becomes the plugin, child of `supervisor`: in addition it is in its folder, may open only what it may, and is
// under the system call filter. Its environment is the one that was handed on. Precondition: orders.direct.
void confine_plugin(const LaunchOrders& orders, pid_t supervisor);

// The kernel sends `signal` to this process when its parent ends. Throws if that parent is gone already.
void die_with(pid_t parent, int signal = 9);

}  // namespace orc::launch
