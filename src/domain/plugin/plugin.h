#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/fault_list.h"
#include "domain/job/attempt.h"
#include "domain/job/retry_policy.h"
#include "domain/payload.h"
#include "domain/plugin/network_access.h"
#include "domain/plugin/warm_terms.h"
#include "domain/strong_id.h"
#include "domain/time.h"

namespace orc {

inline constexpr std::size_t plugin_name_length_max = 100;
inline constexpr std::size_t plugin_description_length_max = 10'000;
inline constexpr std::size_t plugin_environment_entries_max = 100;
inline constexpr std::size_t plugin_schema_bytes_max = 256 * 1024;
inline constexpr std::size_t plugin_package_bytes_max = std::size_t{64} * 1024 * 1024;
inline constexpr std::chrono::seconds plugin_queue_time_max{7 * 86'400};

// Bounds of one run (contract section 12). The defaults are the contract's.
struct PluginLimits {
  std::chrono::seconds timeout{60};           // 1..86400, wall clock
  std::chrono::seconds grace{5};              // 0..300, between TERM and KILL
  std::optional<std::chrono::seconds> queue;  // 1..plugin_queue_time_max, from when it could run until it does; empty: no bound
  std::int64_t memory_mb = 512;               // 1..1048576
  double cpus = 1;                            // above 0, up to 1024
  int pids = 64;                              // 1..32768
  std::int64_t output_kb = 1024;              // 1..65536, of standard output
  std::int64_t scratch_mb = 64;               // 0..65536, of the private /tmp
  bool operator==(const PluginLimits&) const = default;
};

// What a run takes up on its worker while it lasts (contract section 12; docs/placement.md). Not a bound: that is what PluginLimits are.
struct PluginResources {
  std::optional<double> cpus;                  // above 0, up to placement_cpus_max; empty: not counted
  std::optional<std::int64_t> memory_mb;       // 0..placement_memory_mb_max; empty: limits.memory_mb
  std::int64_t gpus = 0;                       // 0..placement_gpus_max
  std::map<std::string, std::int64_t> custom;  // by name, 1..placement_custom_amount_max each
  bool operator==(const PluginResources&) const = default;
};

// Everything that decides what a run does, and where. Two equal specs are the same version.
struct PluginSpec {
  std::optional<std::string> docker_image_url;  // an image, or
  std::vector<std::string> command;             // an argument vector, run inside the package's folder
  std::optional<ContentHash> package;           // the folder as it was uploaded: a tar, compressed or not
  std::optional<std::string> input_schema;      // JSON Schema text as it came; empty: any object
  std::optional<std::string> output_schema;     // JSON Schema text as it came; empty: any document
  PluginLimits limits;
  RetryPolicy retry;
  std::map<std::string, std::string> env;  // literal values
  PluginMode mode = PluginMode::once;
  WarmTerms warm;  // of no meaning in mode `once`
  PluginResources resources;
  std::optional<Isolation> isolation;                // the least that a run may have; empty: any
  std::map<std::string, std::string> worker_labels;  // that a worker must carry to get a run
  NetworkAccess network = NetworkAccess::none;       // `host` only if an administrator registered it
  bool operator==(const PluginSpec&) const = default;
};

// One immutable version. A job is pinned to the one that was current when it was submitted.
struct PluginVersion {
  PluginVersionId id{};
  PluginId plugin{};
  std::string name;     // of the plugin
  std::string version;  // x.y.z as its maker calls it; several versions may carry the same
  std::string description;
  PluginSpec spec;
  Timestamp created_at{};
};

// A plugin with its current version.
struct Plugin {
  PluginId id{};
  std::string name;
  bool is_active = true;
  Timestamp created_at{};
  PluginVersion current;
};

// A change to a plugin; empty fields stay as they are.
struct PluginChange {
  std::optional<std::string> version;
  std::optional<std::string> description;
  std::optional<PluginSpec> spec;
  std::optional<bool> is_active;
  // The version that the change was made from. If another one is current by then nothing is changed, as what that one brought would be
  // lost.
  std::optional<PluginVersionId> based_on;
};

// ^[a-z0-9-]{1,100}$ (contract section 1).
bool is_plugin_name(std::string_view text);
// Three numbers x.y.z without leading zeros, at most nine digits each; nothing before or after.
bool is_plugin_version(std::string_view text);

// Judges every rule that a spec must keep, and adds each that is broken at the place of its field as plugin.json spells it
// (contract section 12), with the value and the range. Schemas are judged elsewhere (ports/schema_validator.h).
void judge(const PluginSpec& spec, FaultList& faults);

}  // namespace orc
