#pragma once

#include "adapters/system/file_descriptor.h"
#include "domain/result.h"

namespace orc {

// The filter that every plugin runs under, as a classic BPF program (man 2 seccomp) in a sealed memory file: the calls of Docker's default
// profile, less everything that mounts, enters or makes namespaces, traces, loads code into the kernel or reaches it by odd ways
// (attacks.md, P9). What is not on the list fails with EPERM; clone3, whose flags a filter cannot see, with ENOSYS, so that libc takes
// clone. Errors: internal, if libseccomp cannot make it.
Result<FileDescriptor> make_system_call_filter();

}  // namespace orc
