#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "adapters/json/field_reader.h"
#include "domain/deliberation/presets.h"

namespace orc {

// Where a plan's JSON form comes from. A client's name that is misspelt must not be dropped in silence: it is a fault, as is what says
// nothing. What was stored may be a newer process's, and is read without the names that this one does not know.
enum class PlanSource : std::uint8_t { client, store };

// The parts of it, each out of its object; what is wrong is told by the reader's faults.
Stage read_stage(FieldReader& fields, PlanSource source);
PresetOptions read_preset_options(FieldReader& fields);  // out of the options themselves
Extraction read_extraction(FieldReader& fields, PlanSource source);
std::string_view detail_name(Extraction::Kind kind);  // of the member with its detail
Budget read_budget(FieldReader& fields, PlanSource source);
Price read_price(FieldReader& fields, PlanSource source);
AgentOptions read_agent(FieldReader& fields, PlanSource source);

// What options of this preset have; without one, with stages.
std::vector<std::string_view> option_names(std::string_view preset);

}  // namespace orc
