#include "domain/deliberation/deliberation_request.h"

#include <algorithm>
#include <set>

namespace orc {
namespace {

bool is_blank(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool is_subject_safe(char c) {
  constexpr std::string_view others = "-_.:@";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || others.contains(c);
}

std::string at_most(std::string_view field, std::size_t bytes, std::size_t limit) {
  return std::string(field) + " has " + std::to_string(bytes) + " bytes; the limit is " + std::to_string(limit);
}

// What is wrong with the name of something: every one must say something, in bounds and on one line.
std::optional<std::string> fault_of_name(std::string_view field, std::string_view text) {
  if (is_blank(text)) return std::string(field) + " must not be empty";
  if (text.size() > deliberation_name_bytes_max) return at_most(field, text.size(), deliberation_name_bytes_max);
  if (std::ranges::any_of(text, is_control)) return std::string(field) + " must not hold control characters";
  return {};
}

std::optional<std::string> first_fault(std::initializer_list<std::optional<std::string>> faults) {
  for (const auto& fault : faults)
    if (fault) return fault;
  return {};
}

}  // namespace

std::optional<std::string> fault_of(const AgentFields& agent) {
  if (auto fault =
          first_fault({fault_of_name("agent_id", agent.agent_id), fault_of_name("role", agent.role), fault_of_name("model", agent.model)}))
    return fault;
  if (!std::ranges::all_of(agent.agent_id, is_subject_safe))
    return "agent_id may hold letters, digits and - _ . : @ only, as it names a subject of events";
  if (agent.prompt_template && agent.prompt_template->size() > prompt_template_bytes_max)
    return at_most("prompt_template", agent.prompt_template->size(), prompt_template_bytes_max);
  return {};
}

std::optional<std::string> fault_of(const ConstraintFields& constraints) {
  if (auto fault = fault_of_name("story_id", constraints.story_id)) return fault;
  if (constraints.plan_id.size() > deliberation_name_bytes_max)
    return at_most("plan_id", constraints.plan_id.size(), deliberation_name_bytes_max);
  if (constraints.timeout < std::chrono::seconds{1} || constraints.timeout > deliberation_timeout_max)
    return "timeout_seconds must be from 1 to " + std::to_string(deliberation_timeout_max.count()) + ", not " +
           std::to_string(constraints.timeout.count());
  if (constraints.max_retries < 0 || constraints.max_retries > deliberation_retries_max)
    return "max_retries must be from 0 to " + std::to_string(deliberation_retries_max) + ", not " + std::to_string(constraints.max_retries);
  if (constraints.metadata.size() > constraint_metadata_entries_max)
    return "metadata has " + std::to_string(constraints.metadata.size()) + " entries; the limit is " +
           std::to_string(constraint_metadata_entries_max);
  return {};
}

std::optional<std::string> fault_of(const DeliberationRequestFields& request) {
  if (auto fault = first_fault({fault_of_name("task_id", request.task_id), fault_of_name("role", request.role),
                                fault_of_name("vllm_url", request.vllm_url), fault_of_name("vllm_model", request.vllm_model)}))
    return fault;
  if (is_blank(request.task_description)) return "task_description must not be empty";
  if (request.task_description.size() > task_description_bytes_max)
    return at_most("task_description", request.task_description.size(), task_description_bytes_max);
  if (request.agents.empty()) return "agents must hold at least one agent";
  if (request.agents.size() > deliberation_agents_max)
    return "agents holds " + std::to_string(request.agents.size()) + "; the limit is " + std::to_string(deliberation_agents_max);
  std::set<std::string_view> ids;
  for (const AgentConfig& agent : request.agents)
    if (!ids.insert(agent->agent_id).second) return "agents holds agent_id '" + agent->agent_id + "' twice";
  return {};
}

bool is_backlog_review_task(std::string_view task_id) {
  for (const std::string_view part : {"ceremony-", "story-", "role-"}) {
    if (!task_id.starts_with(part)) return false;
    task_id.remove_prefix(part.size());
    const bool is_last = part == "role-";
    const std::size_t end = is_last ? task_id.size() : task_id.find(':');
    if (end == std::string_view::npos || end == 0) return false;
    if (is_last) return !task_id.contains(':');
    task_id.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace orc
