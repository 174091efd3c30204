#include "domain/deliberation/deliberation_request.h"

#include <algorithm>
#include <set>

#include "domain/blank.h"

namespace orc {
namespace {

constexpr std::size_t shown_id_bytes_max = 100;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// In UTF-8. Also what a terminal takes for a command (U+0080 to U+009F), ends of lines and of paragraphs, and what turns the direction of
// writing (U+2028 to U+202E, U+2066 to U+2069).
bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto next = text.substr(i, 2), third = text.substr(i, 3);
    if (is_control(text[i]) || (next >= "\u0080" && next <= "\u009f") || (third >= "\u2028" && third <= "\u202e") ||
        (third >= "\u2066" && third <= "\u2069"))
      return true;
  }
  return false;
}

// The beginning of an id, for a message.
std::string shown(std::string_view id) {
  std::size_t bytes = std::min(id.size(), shown_id_bytes_max);
  while (bytes < id.size() && (static_cast<unsigned char>(id[bytes]) & 0xc0U) == 0x80U) --bytes;  // not within a character
  return std::string(id.substr(0, bytes));
}

std::string at_most(std::string_view field, std::size_t bytes, std::size_t limit) {
  return std::string(field) + " has " + std::to_string(bytes) + " bytes; the limit is " + std::to_string(limit);
}

// What is wrong with the name of something: every one must say something, in bounds and on one line.
std::optional<std::string> fault_of_name(std::string_view field, std::string_view text) {
  if (is_blank(text)) return std::string(field) + " must not be empty";
  if (text.size() > deliberation_name_bytes_max) return at_most(field, text.size(), deliberation_name_bytes_max);
  if (has_control(text)) return std::string(field) + " must not hold control characters";
  return {};
}

// What is wrong, each with where.
class Faults {
 public:
  void add(FieldPlace place, std::string sentence) {
    all_.push_back({.loc = std::move(place), .msg = std::move(sentence), .type = "value_error"});
  }
  void judge_name(const std::string& field, std::string_view text) {
    if (auto fault = fault_of_name(field, text)) add({field}, std::move(*fault));
  }
  std::vector<FieldFault> take() { return std::move(all_); }

 private:
  std::vector<FieldFault> all_;
};

std::optional<std::string> first_of(const std::vector<FieldFault>& faults) {
  return faults.empty() ? std::nullopt : std::optional(faults.front().msg);
}

}  // namespace

std::vector<FieldFault> faults_of(const AgentFields& agent) {
  Faults faults;
  faults.judge_name("agent_id", agent.agent_id);
  faults.judge_name("role", agent.role);
  faults.judge_name("model", agent.model);
  if (agent.prompt_template && agent.prompt_template->size() > prompt_template_bytes_max)
    faults.add({"prompt_template"}, at_most("prompt_template", agent.prompt_template->size(), prompt_template_bytes_max));
  return faults.take();
}

std::vector<FieldFault> faults_of(const ConstraintFields& constraints) {
  Faults faults;
  faults.judge_name("story_id", constraints.story_id);
  if (constraints.plan_id.size() > deliberation_name_bytes_max)
    faults.add({"plan_id"}, at_most("plan_id", constraints.plan_id.size(), deliberation_name_bytes_max));
  if (constraints.timeout < std::chrono::seconds{1} || constraints.timeout > deliberation_timeout_max)
    faults.add({"timeout_seconds"}, "timeout_seconds must be from 1 to " + std::to_string(deliberation_timeout_max.count()) + ", not " +
                                        std::to_string(constraints.timeout.count()));
  if (constraints.max_retries < 0 || constraints.max_retries > deliberation_retries_max)
    faults.add({"max_retries"}, "max_retries must be from 0 to " + std::to_string(deliberation_retries_max) + ", not " +
                                    std::to_string(constraints.max_retries));
  if (constraints.metadata.size() > constraint_metadata_entries_max)
    faults.add({"metadata"}, "metadata has " + std::to_string(constraints.metadata.size()) + " entries; the limit is " +
                                 std::to_string(constraint_metadata_entries_max));
  std::size_t bytes = 0;
  for (const auto& [name, value] : constraints.metadata) bytes += name.size() + value.size();
  if (bytes > constraint_metadata_bytes_max) faults.add({"metadata"}, at_most("metadata", bytes, constraint_metadata_bytes_max));
  return faults.take();
}

std::vector<FieldFault> faults_of(const RequestTexts& request) {
  Faults faults;
  faults.judge_name("task_id", request.task_id);
  faults.judge_name("role", request.role);
  faults.judge_name("vllm_url", request.vllm_url);
  faults.judge_name("vllm_model", request.vllm_model);
  if (is_blank(request.task_description)) faults.add({"task_description"}, "task_description must not be empty");
  if (request.task_description.size() > task_description_bytes_max)
    faults.add({"task_description"}, at_most("task_description", request.task_description.size(), task_description_bytes_max));
  return faults.take();
}

std::vector<FieldFault> faults_of_agent_ids(std::span<const std::string_view> ids) {
  Faults faults;
  if (ids.empty()) faults.add({"agents"}, "agents must hold at least one agent");
  if (ids.size() > deliberation_agents_max)
    faults.add({"agents"}, "agents holds " + std::to_string(ids.size()) + "; the limit is " + std::to_string(deliberation_agents_max));
  std::set<std::string_view> known;
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (!known.insert(ids[i]).second)
      faults.add({"agents", static_cast<std::int64_t>(i), "agent_id"}, "agents holds agent_id '" + shown(ids[i]) + "' twice");
  return faults.take();
}

std::optional<std::string> fault_of(const AgentFields& agent) { return first_of(faults_of(agent)); }
std::optional<std::string> fault_of(const ConstraintFields& constraints) { return first_of(faults_of(constraints)); }

std::optional<std::string> fault_of(const DeliberationRequestFields& request) {
  if (auto fault = first_of(faults_of(RequestTexts{.task_id = request.task_id,
                                                   .task_description = request.task_description,
                                                   .role = request.role,
                                                   .vllm_url = request.vllm_url,
                                                   .vllm_model = request.vllm_model})))
    return fault;
  std::vector<std::string_view> ids;
  for (const AgentConfig& agent : request.agents) ids.emplace_back(agent->agent_id);
  return first_of(faults_of_agent_ids(ids));
}

const std::string& model_asked_for(const DeliberationRequestFields& request, const AgentConfig& agent) {
  switch (request.models) {
    case ModelChoice::of_request:
      return request.vllm_model;
    case ModelChoice::of_each_agent:
      return agent->model;
  }
  return request.vllm_model;
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
