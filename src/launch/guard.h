#pragma once

#include <span>

namespace orc::launch {

// Outlives the worker: waits until standard input ends, which it does when the worker has closed its end or was killed, and then kills
// whatever is left in the worker's cgroups and removes them. For at most ten seconds; 0 if all are gone then.
//
// A sandbox dies with its worker by the death signal (man 2 prctl). But bubblewrap asks for that signal only once it runs, so what is
// killed in the moment before leaves its child behind; and nobody else removes the folders.
int guard(std::span<char* const> folders);

// What is sent to the worker's group or terminal is meant for the worker: from now on it does not end this process.
void leave_the_workers_group();

}  // namespace orc::launch
