#pragma once

#include <cstdint>
#include <span>

namespace orc::launch {

// What orc-launch writes to standard output where it is a container's first process: frames, each a header and as many bytes as it says, in
// the byte order of this host; adapters/docker/inside_stream.h reads them. After a frame of kind `collection`, which is empty and the last
// one, follows what launch/collection.h says.
struct FrameHeader {
  std::uint32_t kind;
  std::uint32_t bytes;
};
inline constexpr std::uint32_t frame_of_output = 'o';      // of the plugin's standard output
inline constexpr std::uint32_t frame_of_progress = 'p';    // of what it writes to its descriptor 3
inline constexpr std::uint32_t frame_of_end = 'e';         // a RunEndFrame: nothing of the plugin lives any more
inline constexpr std::uint32_t frame_of_collection = 'c';  // comes after it

struct RunEndFrame {
  std::int64_t exit_code;  // as a shell has it: 128 and the number of the signal
  std::int64_t cpu_ms;
  std::int64_t peak_bytes;
  std::int64_t ran_out_of_memory;  // 0 or 1
};

// `orc-launch --inside FOLDER PROGRAM ARGUMENT...` runs the program as a container's first process: asks all that is in the container to
// end on SIGTERM, kills all of it on SIGUSR1, when memory ran out, and once the program has ended; then sends what it left in the folder.
// Standard input and standard error are the program's own. Gives the exit code.
//
// It is a process of the plugin's own uid, so it makes itself one that the kernel lets nobody of that uid look into: otherwise the plugin
// could write frames (man 2 prctl, PR_SET_DUMPABLE). Being the first process, it cannot be killed from within (man 7 pid_namespaces).
int inside(const char* folder, std::span<char* const> command);

}  // namespace orc::launch
