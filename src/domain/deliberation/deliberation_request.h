#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/checked.h"
#include "domain/field_fault.h"

namespace orc {

// Caps of one request (contract section 6).
inline constexpr std::size_t deliberation_agents_max = 1000;
inline constexpr std::chrono::seconds deliberation_timeout_max{86'400};
inline constexpr int deliberation_retries_max = 10;
inline constexpr std::size_t deliberation_name_bytes_max = 256;  // of ids, roles and names of models
inline constexpr std::size_t task_description_bytes_max = 1024 * 1024;
inline constexpr std::size_t prompt_template_bytes_max = 64 * 1024;  // attacks.md, L9
inline constexpr std::size_t constraint_metadata_entries_max = 100;
inline constexpr std::size_t constraint_metadata_bytes_max = 64 * 1024;  // together: each event of an agent has them

// One that takes part.
struct AgentFields {
  std::string agent_id;  // unique in its request; on one line (attacks.md, L11)
  std::string role;
  std::string model;
  std::optional<std::string> prompt_template;
  bool operator==(const AgentFields&) const = default;
};
// All that is wrong, each with the member's name as its place; fault_of() tells the first.
std::vector<FieldFault> faults_of(const AgentFields& agent);
std::optional<std::string> fault_of(const AgentFields& agent);
using AgentConfig = Checked<AgentFields>;

struct ConstraintFields {
  std::string story_id;
  std::string plan_id;                // may be empty
  std::chrono::seconds timeout{300};  // 1 to deliberation_timeout_max
  int max_retries = 3;                // 0 to deliberation_retries_max
  std::map<std::string, std::string> metadata;
  bool operator==(const ConstraintFields&) const = default;
};
std::vector<FieldFault> faults_of(const ConstraintFields& constraints);
std::optional<std::string> fault_of(const ConstraintFields& constraints);
using TaskConstraints = Checked<ConstraintFields>;

// The same of what a request has beside its agents and constraints.
struct RequestTexts {
  std::string_view task_id;
  std::string_view task_description;
  std::string_view role;
  std::string_view vllm_url;
  std::string_view vllm_model;
};
std::vector<FieldFault> faults_of(const RequestTexts& request);

// The same of how many agents there are and how they are called.
std::vector<FieldFault> faults_of_agent_ids(std::span<const std::string_view> ids);

// Which model an agent is asked for: the request's for all, as the service that this one replaces did, or each agent's own.
enum class ModelChoice : std::uint8_t { of_request, of_each_agent };

struct DeliberationRequestFields {
  std::string task_id;
  std::string task_description;
  std::string role;
  TaskConstraints constraints;
  std::vector<AgentConfig> agents;  // 1 to deliberation_agents_max
  std::string vllm_url;             // where the models are served
  std::string vllm_model;
  ModelChoice models = ModelChoice::of_request;
  bool operator==(const DeliberationRequestFields&) const = default;
};
std::optional<std::string> fault_of(const DeliberationRequestFields& request);
using DeliberationRequest = Checked<DeliberationRequestFields>;

// Which model one of its agents is asked for. Valid as long as both.
const std::string& model_asked_for(const DeliberationRequestFields& request, const AgentConfig& agent);

// Whether a backlog review's task id has the form that its clients take apart: ceremony-{id}:story-{id}:role-{role} (contract section 6).
bool is_backlog_review_task(std::string_view task_id);

}  // namespace orc
