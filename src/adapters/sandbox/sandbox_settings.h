#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "adapters/sandbox/run_image.h"
#include "domain/job/attempt.h"
#include "domain/plugin/network_access.h"

namespace orc {

// Uids on the host that nobody else has, one for each slot; the gid is the same number. Only used when the service runs as root.
struct UidRange {
  std::uint32_t first = 200'000;
  std::uint32_t count = 1'000;
};

struct SandboxSettings {
  int slots = 2;                            // runs at once; more wait
  int warm_processes = 4;                   // processes of plugins of mode warm, beside them
  std::optional<std::int64_t> memory_mb;    // for all of them together, as plugins declare it; empty: not counted
  std::filesystem::path data_dir;           // ours are <data_dir>/packages and <data_dir>/sandbox; its owner's lock is held
  std::filesystem::path launcher;           // orc-launch
  Isolation strongest = Isolation::strict;  // levels to try, from here
  Isolation least = Isolation::strict;      // down to here
  std::filesystem::path bubblewrap = "/usr/bin/bwrap";
  std::filesystem::path mountinfo = "/proc/self/mountinfo";  // where cgroup hierarchies are looked for (man 5 proc)
  UidRange uids;
  NetworkAccess network = NetworkAccess::none;                    // the most that a run may have
  UseImage use_image;                                             // empty: plugins that are images are refused
  std::uint64_t package_bytes_max = std::uint64_t{4} << 30;       // of unpacked packages; unused ones go first
  std::uint64_t input_blob_bytes_max = std::uint64_t{256} << 20;  // of all files in one run's ORC_INPUT_DIR
};

}  // namespace orc
