#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "app/equipment_settings.h"

namespace orc {

inline void add_equipment_flags(CLI::App& command, RawEquipment& raw, const EquipmentNames& names, const std::string& group) {
  const std::string prefix(names.flags);
  const std::string variable(names.variables);
  command.add_option(prefix + "memory-mb", raw.memory_mb, "Memory that runs may take up together; default: the host's, but a tenth")
      ->envname(variable + "MEMORY_MB")
      ->group(group);
  command.add_option(prefix + "gpus", raw.gpus, "GPUs that runs may take up together")
      ->envname(variable + "GPUS")
      ->capture_default_str()
      ->group(group);
  command.add_option(prefix + "resource", raw.resources, "NAME=AMOUNT of something else that runs share; may be repeated")
      ->envname(variable + "RESOURCES")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group);
  command.add_option(prefix + "label", raw.labels, "NAME=VALUE that plugins may ask for; may be repeated")
      ->envname(variable + "LABELS")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group);
  command
      .add_flag(prefix + "host-network", raw.host_network,
                "Give plugins that say network host this host's network, with everything that listens on it")
      ->envname(variable + "HOST_NETWORK")
      ->group(group);
}

}  // namespace orc
