#pragma once

#include <optional>
#include <string>

#include "adapters/sandbox/sandbox_host.h"

namespace orc {

// What this host can give, for the worker's registration and for people.
struct SandboxFacts {
  std::optional<Isolation> strongest;  // empty: plugins cannot run here
  std::string problem;                 // if not strict: why, and the one change that helps
  bool own_uids = false;               // each slot has a uid of its own on the host
  std::string cgroups;                 // which kind and where; empty if none is writable
  std::string cgroup_problem;          // then why, and what would help
  bool cpu_limited = false;            // limits.cpus is held
};

// Runs an empty program in a real sandbox, with everything that belongs to one, and waits for it: about 10 ms. Blocks; not on an I/O thread
// that serves already.
SandboxFacts probe_sandbox(const SandboxHost& host, RunSlot& slot);

// The same on a host prepared for this question only: for `orc doctor`. Never disturbs a service that runs; `settings.data_dir` is not
// used.
SandboxFacts probe_sandbox(const SandboxSettings& settings);

}  // namespace orc
