#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

namespace orc::launch {

// What the kernel shows of processes (man 5 proc).

// The text of /proc/THREAD/FILE, at most so long; empty if there is none, or it may not be read.
std::string text_of(pid_t thread, const char* file, std::size_t bytes_max);

// A thread of the process that has its memory and its descriptors: the first one, or, when that has ended alone, another. Empty: none has.
std::optional<pid_t> living_thread(pid_t process);

// Whether it has code to run. In the moment of its exec a process has none yet, and shows itself to nobody.
bool runs_code(pid_t thread);

// What the thread's process holds of memory that no file gives back: at most, and exactly, with its share of what others have too. Of a
// process that shows that to nobody all of it counts.
std::int64_t memory_at_most(pid_t thread);
std::int64_t memory_exactly(pid_t thread);

}  // namespace orc::launch
