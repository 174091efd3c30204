#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/placement/equipment.h"
#include "domain/result.h"

namespace orc {

// What a worker is said to have, as it was typed.
struct RawEquipment {
  std::string memory_mb;  // empty: what the host has, but a margin
  std::string gpus = "0";
  std::vector<std::string> resources;  // name=amount
  std::vector<std::string> labels;     // name=value
  bool host_network = false;           // plugins that say so get the network of this host
};

// What one command calls them.
struct EquipmentNames {
  std::string_view flags;      // before memory-mb, gpus, resource, label and host-network
  std::string_view variables;  // before MEMORY_MB, GPUS, RESOURCES, LABELS and HOST_NETWORK
};

inline constexpr EquipmentNames equipment_names_of_server{.flags = "--worker-", .variables = "ORC_WORKER_"};
inline constexpr EquipmentNames equipment_names_of_runner{.flags = "--", .variables = "ORC_RUNNER_"};

// Without runtimes and cpus, which the worker finds out itself. Errors: invalid_argument, as in setting_readers.h.
Result<Equipment> validate(const RawEquipment& raw, const EquipmentNames& names);

}  // namespace orc
