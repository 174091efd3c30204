#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/sandbox/sandbox_host.h"

namespace orc {

// What this host can give, for the worker's registration and for people.
struct SandboxFacts {
  std::optional<Isolation> strongest;  // that runs are given; empty: plugins cannot run here
  std::string problem;                 // if not strict: why, and the one change that helps
  bool own_uids = false;               // each slot has a uid of its own on the host
  std::string cgroups;                 // which kind and where; empty if none is writable
  std::string cgroup_problem;          // then why, and what would help
  bool cpu_limited = false;            // limits.cpus is held
};

// Why an empty program does not run in a real sandbox, with everything that belongs to one; empty if it does. Waits for it: about 10 ms.
// Blocks; not on an I/O thread that serves already.
std::string try_sandbox(const SandboxHost& host, RunSlot& slot);

// The sandboxes of this process: all slots made, one tried. `host` is empty if none can be made that settings allow.
struct ChosenSandbox {
  std::unique_ptr<SandboxHost> host;
  std::vector<RunSlot> slots;  // they go before the host
  SandboxFacts facts;
};

// Takes the first level that works here, from settings.strongest down to settings.least. Blocks as try_sandbox() does.
ChosenSandbox choose_sandbox(const SandboxSettings& settings);

// What would be chosen, found on a host prepared for this question only: for `orc doctor`. Never disturbs a service that runs;
// `settings.data_dir` is not used.
SandboxFacts probe_sandbox(const SandboxSettings& settings);

}  // namespace orc
