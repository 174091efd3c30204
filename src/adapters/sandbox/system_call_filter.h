#pragma once

#include <cstdint>

#include "adapters/system/file_descriptor.h"
#include "domain/plugin/network_access.h"
#include "domain/result.h"

namespace orc {

// What else stands around a plugin, and so what its filter may leave to that.
enum class CallFilter : std::uint8_t {
  in_namespaces,  // a network and a process list of its own
  own_uid,        // neither, but a uid of its own: no sockets but pairs, no memory that outlives it
  shared_uid,     // not even that: in addition nothing that changes files by name or other processes of the uid
};

// The filter that every plugin runs under, as a classic BPF program (man 2 seccomp) in a sealed memory file: the calls of Docker's default
// profile, less everything that mounts, enters or makes namespaces, traces, loads code into the kernel or reaches it by odd ways
// (attacks.md, P9). What is not on the list fails with EPERM; clone3, whose flags a filter cannot see, with ENOSYS, so that libc takes
// clone. With the host's network it lets through what speaks IP, and no socket of the host's own programs: those have names that no file
// system and no namespace keeps from a plugin then. Errors: internal, if libseccomp cannot make it.
Result<FileDescriptor> make_system_call_filter(CallFilter surroundings, NetworkAccess network);

// A file without a program, for a run that nothing filters. Errors: internal.
Result<FileDescriptor> make_open_filter();

}  // namespace orc
