#pragma once

#include <string>
#include <string_view>

#include "domain/placement/equipment.h"

namespace orc {

// What concerns placement, in one column as JSON text; rules as in column_text.h. Equal values have equal texts, in every database and
// in the migration that made the first ones; what is left at its default does not stand there.
std::string requirements_to_text(const Requirements& requirements);
Requirements requirements_from_text(std::string_view text);

std::string equipment_to_text(const Equipment& equipment);
Equipment equipment_from_text(std::string_view text);

// resources, isolation and worker_labels of a spec.
std::string placement_to_text(const PluginSpec& spec);
void read_placement(std::string_view text, PluginSpec& spec);

}  // namespace orc
