#pragma once

#include <string>
#include <vector>

namespace orc::launch {

// What a program may do below a path that it may use at all.
enum class Access { read, write, device };

struct AccessOrder {
  std::string path;  // a file or a folder; what is missing here is left out
  Access access;     // read: and execute; write: everything but making devices; device: read and write this one file
};

// Whether a program may connect and bind over TCP. Where it may not, the filter of system calls refuses sockets besides.
enum class TcpUse { none, any };

// The version of Landlock that this kernel speaks (Documentation/userspace-api/landlock.rst); 0: none.
int landlock_version();

// From here on this process and what it starts may open only what the orders name, may not connect to abstract sockets of others, and,
// from version 6 on, may not signal whom it has not started. Precondition: no_new_privs is set. Throws std::runtime_error.
void restrict_to(const std::vector<AccessOrder>& orders, TcpUse tcp);

}  // namespace orc::launch
