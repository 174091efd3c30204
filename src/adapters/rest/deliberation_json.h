#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "adapters/json/json_writer.h"
#include "application/deliberation/deliberation_access.h"
#include "application/deliberation/deliberation_input.h"
#include "application/deliberation/replay_deliberation.h"

namespace orc {

// A deliberation as the API answers it (api/openapi.yaml, Deliberation); in lists its long texts are cut.
void write_deliberation(JsonWriter& json, const Deliberation& deliberation);
void write_listed(JsonWriter& json, const Deliberation& deliberation);

// The same with its calls, and what they used by agent and by stage (RecordedDeliberation).
void write_recorded(JsonWriter& json, const RecordedDeliberation& recorded);

// What an owner, or everybody, has used.
std::string usage_text(const DeliberationUsage& usage);

// Both ends as they are stored, and whether they are the same to the byte. Lets go of each when it is written.
std::string replay_text(Replay replay);

// As ExecuteDeliberationResponse; its message names what the request said in vain (ReadDeliberation).
std::string taken_text(const TakenDeliberation& taken, std::span<const std::string> ignored);

// About how long the texts are.
std::size_t text_size_of(const Deliberation& deliberation);
std::size_t text_size_of(const RecordedDeliberation& recorded);

}  // namespace orc
