#pragma once

#include <csignal>
#include <sys/types.h>

#include "launch/launch_orders.h"

namespace orc::launch {

// Asks every process of the plugin to end; the sandbox's own two go on.
inline constexpr int signal_to_ask = 15;  // SIGTERM
// Kills everything that this process has started, whoever its parent is by now.
inline constexpr int signal_to_kill = 10;  // SIGUSR1

// How this process ends itself, so that no plugin can forge it, once it has killed a run that used more than its WatchOrders allow.
inline constexpr int signal_for_memory = 7;    // SIGBUS
inline constexpr int signal_for_scratch = 25;  // SIGXFSZ

// Both signals above and SIGCHLD must have been blocked by whoever started this program, so that none is lost before we listen.
// Runs the command as a child, and returns once it and everything it left behind has ended and been reaped: the exit code of the command,
// or 128 plus the signal that ended it. Throws std::runtime_error if it cannot be started.
int supervise(const LaunchOrders& orders);

// From now on files are opened as this uid and its group could. Their like may still be signalled and looked at by who we are.
void look_as(uid_t id);

}  // namespace orc::launch
