#pragma once

#include <string>

#include "domain/plugin/network_access.h"

namespace orc {

// The filter of system calls as the Docker Engine takes it ("seccomp=" and this, in SecurityOpt): what system_call_filter.h makes for a
// plugin in namespaces of its own, but for the host's network where it is given that, instead of Docker's default, which also allows
// ptrace, io_uring and sockets to the hypervisor. Format: moby/profiles/seccomp, of the processor that this program runs on.
std::string docker_seccomp_profile(NetworkAccess network);

}  // namespace orc
