#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "adapters/json/field_fault.h"
#include "adapters/json/json_writer.h"
#include "domain/deliberation/deliberation_plan.h"

namespace orc {

inline constexpr std::size_t plan_options_bytes_max = 256 * 1024;

// The plan that a client's `preset` (empty: "independent") and `options` (JSON text; empty: {}) stand for, as docs/deliberations.md
// tells. "stages" among the options stand instead of a preset, and the plan's is "custom". Errors: invalid_argument, naming the field.
Result<DeliberationPlan> plan_from_options(std::string_view preset, std::string_view options);

// The same, and all that is wrong, each with its place: in `preset`, or in `options` and further.
using PlanOrFaults = std::expected<DeliberationPlan, std::vector<FieldFault>>;
PlanOrFaults plan_or_faults(std::string_view preset, std::string_view options);

// A plan that write_plan() wrote, maybe in another version of this program: of what it holds beside, nothing is told. Errors: as above.
Result<DeliberationPlan> stored_plan(std::string_view preset, std::string_view text);

// Writes a plan as an object that stored_plan() reads as the same plan, under its preset, and plan_from_options() as a plan of its own.
void write_plan(JsonWriter& json, const DeliberationPlan& plan);

}  // namespace orc
