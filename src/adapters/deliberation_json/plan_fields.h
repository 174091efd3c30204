#pragma once

#include "adapters/json/field_reader.h"
#include "domain/deliberation/presets.h"

namespace orc {

// The parts of a plan's JSON form, each out of its object; what is wrong is told by the reader's faults.
Stage read_stage(FieldReader& fields);
PresetOptions read_preset_options(FieldReader& fields);  // out of the options themselves
Extraction read_extraction(FieldReader& fields);
Budget read_budget(FieldReader& fields);
Price read_price(FieldReader& fields);
AgentOptions read_agent(FieldReader& fields);

}  // namespace orc
