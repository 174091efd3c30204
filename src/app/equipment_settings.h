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
};

// What the flags are called, for messages.
struct EquipmentFlags {
  std::string_view memory_mb;
  std::string_view gpus;
  std::string_view resource;
  std::string_view label;
};

// Without runtimes and cpus, which the worker finds out itself. Errors: invalid_argument, as in setting_readers.h.
Result<Equipment> validate(const RawEquipment& raw, const EquipmentFlags& flags);

}  // namespace orc
