#pragma once

namespace orc::launch {

// Outlives the worker. Reads from standard input which containers there are, a line each: "+NAME" before one is asked for, "-NAME" when it
// is gone. When standard input ends, which it does when the worker has closed its end or was killed, it has the engine at `socket` kill and
// remove those that are left, with their volumes, all at once. For at most a minute; 0 if all are gone then.
//
// An engine goes on with the containers of whoever asked for them and died. Names, not labels: a successor's have the same labels, and
// nothing that an engine or an image says has to be understood here.
int guard_containers(const char* socket);

}  // namespace orc::launch
