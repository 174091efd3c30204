#include "app/equipment_settings.h"

#include <optional>
#include <utility>

#include "app/setting_readers.h"

namespace orc {
namespace {

constexpr std::string_view name_rule = "1 to 63 letters, digits and . _ - /, a letter or a digit first";

// "--gpus (ORC_RUNNER_GPUS)"
std::string full_name(const EquipmentNames& names, std::string_view flag, std::string_view variable) {
  std::string name(names.flags);
  return name.append(flag).append(" (").append(names.variables).append(variable).append(")");
}

std::optional<std::pair<std::string, std::string>> pair_of(const std::string& text) {
  const auto sign = text.find('=');
  if (sign == std::string::npos || !is_placement_name(std::string_view(text).substr(0, sign))) return std::nullopt;
  return std::pair(text.substr(0, sign), text.substr(sign + 1));
}

Result<void> read_resources(const std::vector<std::string>& texts, const std::string& setting, Equipment& equipment) {
  for (const std::string& text : texts) {
    const auto pair = pair_of(text);
    const auto amount = pair ? whole_number(pair->second) : std::nullopt;
    if (!amount || *amount < 0 || *amount > placement_custom_amount_max)
      return bad_setting(setting, text, "NAME=AMOUNT with a whole number from 0 to 1000000000; a name is " + std::string(name_rule));
    equipment.custom[pair->first] = *amount;
  }
  if (equipment.custom.size() > placement_names_max)
    return bad_setting(setting, std::to_string(equipment.custom.size()) + " names", "at most 8 names");
  return {};
}

Result<void> read_labels(const std::vector<std::string>& texts, const std::string& setting, Equipment& equipment) {
  for (const std::string& text : texts) {
    auto pair = pair_of(text);
    if (!pair || !is_placement_name(pair->second)) return bad_setting(setting, text, "NAME=VALUE, both of " + std::string(name_rule));
    equipment.labels[pair->first] = std::move(pair->second);
  }
  if (equipment.labels.size() > placement_names_max)
    return bad_setting(setting, std::to_string(equipment.labels.size()) + " labels", "at most 8 labels");
  return {};
}

}  // namespace

Result<Equipment> validate(const RawEquipment& raw, const EquipmentNames& names) {
  Equipment equipment;
  if (!raw.memory_mb.empty()) {
    const auto memory = number_between(full_name(names, "memory-mb", "MEMORY_MB"), raw.memory_mb, 1, placement_memory_mb_max);
    if (!memory) return std::unexpected(memory.error());
    equipment.memory_mb = *memory;
  }
  const auto gpus = number_between(full_name(names, "gpus", "GPUS"), raw.gpus, 0, placement_gpus_max);
  if (!gpus) return std::unexpected(gpus.error());
  equipment.gpus = *gpus;
  if (raw.host_network) equipment.network = NetworkAccess::host;
  if (auto good = read_resources(raw.resources, full_name(names, "resource", "RESOURCES"), equipment); !good) return pass_on(good);
  if (auto good = read_labels(raw.labels, full_name(names, "label", "LABELS"), equipment); !good) return pass_on(good);
  return equipment;
}

}  // namespace orc
