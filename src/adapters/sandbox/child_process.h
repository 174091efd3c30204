#pragma once

#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "adapters/system/file_descriptor.h"
#include "domain/result.h"

namespace orc {

struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;
};

// Errors of all: unavailable, with the system's reason.

Result<Pipe> make_pipe();

// Two ends that are alike, of a Unix stream socket.
Result<Pipe> make_socket_pair();

// The descriptor that somebody has sent there before, without waiting.
Result<FileDescriptor> take_descriptor(const FileDescriptor& socket);

// Bytes as a file in memory, to be read from its start; nobody can change it, whoever opens it again.
Result<FileDescriptor> make_sealed_file(const char* name, std::string_view bytes);

// The same file again, read from its start whoever else reads it.
Result<FileDescriptor> reopen(const FileDescriptor& file);

// Starts arguments[0] with `descriptors` as its 0, 1, 2 and so on, an empty environment, default signal actions, and the signals that
// orc-launch waits for blocked. posix_spawn: costs the same however large this process is. The child dies with the calling thread.
Result<pid_t> start_process(const std::vector<std::string>& arguments, std::span<const int> descriptors);

// A folder, to go on from; not through a link.
Result<FileDescriptor> open_directory(const std::string& path);

// Readable when the process has ended. Precondition: it is our child and was not waited for.
Result<FileDescriptor> open_process(pid_t process);

}  // namespace orc
