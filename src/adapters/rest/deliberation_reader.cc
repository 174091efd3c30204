#include "adapters/rest/deliberation_reader.h"

#include <array>
#include <iterator>
#include <span>

#include "adapters/deliberation_json/plan_json.h"
#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "domain/deliberation/deliberation_plan.h"

namespace orc {
namespace {

using Faults = std::vector<FieldFault>;

constexpr std::size_t ignored_told_max = 8;
constexpr std::array<std::string_view, 10> request_members{"task_id",  "task_description", "role",   "constraints", "agents",
                                                           "vllm_url", "vllm_model",       "preset", "options",     "per_agent_models"};
constexpr std::array<std::string_view, 5> constraints_members{"story_id", "plan_id", "timeout_seconds", "max_retries", "metadata"};
constexpr std::array<std::string_view, 4> agent_members{"id", "role", "model", "prompt_template"};

void note_ignored(JsonValue object, FieldPlace place, std::span<const std::string_view> known, std::vector<std::string>& ignored) {
  FieldReader others(object, std::move(place));
  others.refuse_all_but(known, {});
  for (const FieldFault& one : others.faults())
    if (object.is_object() && ignored.size() < ignored_told_max) ignored.push_back(text_of(one.loc));
}

void move_to(Faults& all, Faults some) {
  all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
}

// Null is absent, and absent is empty, as in protobuf: what must not be empty is said by the domain.
std::string text_or_empty(FieldReader& fields, std::string_view name) { return fields.optional_string(name, {}).value_or(""); }

ConstraintsInput read_constraints(JsonValue object, Faults& faults) {
  FieldReader fields(object, {"body", "constraints"});
  ConstraintsInput constraints{.story_id = text_or_empty(fields, "story_id"),
                               .plan_id = text_or_empty(fields, "plan_id"),
                               .timeout_seconds = fields.optional_integer("timeout_seconds", {}).value_or(0),
                               .max_retries = fields.optional_integer("max_retries", {}).value_or(0),
                               .metadata = fields
                                               .optional_string_map("metadata", {.entries_max = constraint_metadata_entries_max,
                                                                                 .key_length_max = deliberation_body_max,
                                                                                 .value_length_max = deliberation_body_max})
                                               .value_or(std::map<std::string, std::string>{})};
  move_to(faults, fields.take_faults());
  return constraints;
}

AgentInput read_agent(JsonValue object, std::int64_t index, Faults& faults) {
  FieldReader fields(object, {"body", "agents", index});
  AgentInput agent{.id = text_or_empty(fields, "id"),
                   .role = text_or_empty(fields, "role"),
                   .model = text_or_empty(fields, "model"),
                   .prompt_template = text_or_empty(fields, "prompt_template")};
  move_to(faults, fields.take_faults());
  return agent;
}

PlanOrFaults read_plan(FieldReader& fields) {
  const std::string preset = text_or_empty(fields, "preset");
  const auto options = fields.optional_value("options");
  if (!options) return plan_or_faults(preset, {});
  if (const auto text = options->as_string()) return plan_or_faults(preset, *text);
  if (options->raw().size() > plan_options_bytes_max) {
    fields.add_fault("options", "Value error, at most " + std::to_string(plan_options_bytes_max) + " bytes");
    return plan_or_faults(preset, {});
  }
  return plan_or_faults(preset, options->raw());
}

}  // namespace

std::expected<ReadDeliberation, Faults> read_deliberation(std::string_view body) {
  const auto document = JsonDocument::parse(body, {.bytes_max = deliberation_body_max});
  if (!document) return std::unexpected(Faults{malformed_json_fault(document.error())});
  FieldReader fields(document->root(), {"body"});
  Faults faults;
  std::vector<std::string> ignored;
  note_ignored(document->root(), {}, request_members, ignored);
  DeliberationInput input{.task_id = text_or_empty(fields, "task_id"),
                          .task_description = text_or_empty(fields, "task_description"),
                          .role = text_or_empty(fields, "role"),
                          .vllm_url = text_or_empty(fields, "vllm_url"),
                          .vllm_model = text_or_empty(fields, "vllm_model")};
  if (fields.optional_boolean("per_agent_models").value_or(false)) input.models = ModelChoice::of_each_agent;
  if (const auto constraints = fields.optional_object("constraints")) {
    input.constraints = read_constraints(*constraints, faults);
    note_ignored(*constraints, {"constraints"}, constraints_members, ignored);
  }
  const auto agents = fields.optional_array("agents");
  if (agents && agents->size() > deliberation_agents_max)
    fields.add_fault("agents", "Value error, at most " + std::to_string(deliberation_agents_max) + " agents");
  else if (agents)
    for (const JsonValue one : agents->elements()) {
      const auto index = static_cast<std::int64_t>(input.agents.size());
      input.agents.push_back(read_agent(one, index, faults));
      note_ignored(one, {"agents", index}, agent_members, ignored);
    }
  auto plan = read_plan(fields);
  move_to(faults, fields.take_faults());
  if (plan) {
    input.plan = std::move(*plan);
  } else {
    for (FieldFault& fault : plan.error()) {
      fault.loc.insert(fault.loc.begin(), "body");
      faults.push_back(std::move(fault));
    }
  }
  return ReadDeliberation{.input = std::move(input), .faults = std::move(faults), .ignored = std::move(ignored)};
}

}  // namespace orc
