#pragma once

#include <string>
#include <string_view>

#include "domain/plugin/plugin.h"

namespace orc {

// How a plugin's program is run - mode, warm and limits.queue - in one column as JSON text, with the rules of placement_text.h. What is
// left at its default does not stand there, so that a later field needs no change of the tables.
std::string execution_to_text(const PluginSpec& spec);
void read_execution(std::string_view text, PluginSpec& spec);

}  // namespace orc
