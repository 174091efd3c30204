#include "adapters/deliberation_json/deliberation_text.h"

#include <limits>
#include <utility>

#include "adapters/deliberation_json/plan_json.h"
#include "adapters/deliberation_json/stage_words.h"
#include "adapters/json/json_document.h"
#include "domain/deliberation/listed_text.h"
#include "domain/whole_characters.h"

namespace orc {
namespace {

constexpr WordTable<CutShort, 3> cut_words = {{{CutShort::no, "no"}, {CutShort::by_time, "by_time"}, {CutShort::by_cancel, "by_cancel"}}};

std::unexpected<Error> unreadable(std::string what) { return fail(ErrorCode::internal, "a stored deliberation cannot be read: " + what); }

std::string text_at(JsonValue object, std::string_view key) {
  const auto value = object.find(key);
  return value ? value->as_string().value_or("") : "";
}
std::int64_t number_at(JsonValue object, std::string_view key) {
  const auto value = object.find(key);
  return value ? value->as_int64().value_or(0) : 0;
}

std::map<std::string, std::string> map_at(JsonValue object, std::string_view key) {
  std::map<std::string, std::string> map;
  if (const auto value = object.find(key))
    for (const auto& member : value->members()) map.emplace(member.key.string(), member.value.as_string().value_or(""));
  return map;
}

void write_map(JsonWriter& json, std::string_view key, const std::map<std::string, std::string>& map, TextBound& bound) {
  json.key(key).begin_object();
  for (const auto& [name, value] : map) json.member(name, bound(value));
  json.end_object();
}

// Beside the texts of an object, where one of them was cut.
void write_whether_cut(JsonWriter& json, TextBound& bound) {
  if (bound.has_cut()) json.member("truncated", true);
}

std::size_t bytes_max_of(Texts texts, std::size_t count) {
  constexpr std::size_t character_max = 4;  // bytes of UTF-8
  switch (texts) {
    case Texts::whole:
      return std::numeric_limits<std::size_t>::max();
    case Texts::listed:
      return listed_bytes_max(count);
    case Texts::kept_for_lists:
      return listed_bytes_max(count) + character_max;
  }
}

Result<DeliberationResult> read_result(JsonValue object) {
  const auto score = object.find("score");
  return DeliberationResult::create({.agent_id = text_at(object, "agent_id"),
                                     .proposal = text_at(object, "proposal"),
                                     .reasoning = text_at(object, "reasoning"),
                                     .score = score ? score->as_double().value_or(0) : 0,
                                     .metadata = map_at(object, "metadata")});
}

Result<AgentConfig> read_agent_config(JsonValue object) {
  const auto own = object.find("prompt_template");
  return AgentConfig::create({.agent_id = text_at(object, "id"),
                              .role = text_at(object, "role"),
                              .model = text_at(object, "model"),
                              .prompt_template = own ? own->as_string() : std::nullopt});
}

Result<TaskConstraints> read_constraints(JsonValue object) {
  return TaskConstraints::create({.story_id = text_at(object, "story_id"),
                                  .plan_id = text_at(object, "plan_id"),
                                  .timeout = std::chrono::seconds{number_at(object, "timeout_seconds")},
                                  .max_retries = static_cast<int>(number_at(object, "max_retries")),
                                  .metadata = map_at(object, "metadata")});
}

Result<MultiAgentDeliberationResult> read_together(JsonValue object) {
  MultiAgentFields fields{.results = {},
                          .total_agents = static_cast<std::size_t>(number_at(object, "total_agents")),
                          .completed_agents = static_cast<std::size_t>(number_at(object, "completed_agents")),
                          .failed_agents = static_cast<std::size_t>(number_at(object, "failed_agents"))};
  if (const auto results = object.find("results"))
    for (const JsonValue one : results->elements()) {
      auto result = read_result(one);
      if (!result) return pass_on(result);
      fields.results.push_back(std::move(*result));
    }
  return MultiAgentDeliberationResult::create(std::move(fields));
}

template <typename Write>
std::string text_by(Write write) {
  std::string text;
  JsonWriter json(text);
  write(json);
  return text;
}

// `write` writes what lists read.
template <typename Write>
StoredText stored_text(std::string whole, Write write) {
  StoredText stored{.whole = std::move(whole), .listed = {}};
  if (std::string listed = text_by(write); listed.size() < stored.whole.size()) stored.listed = std::move(listed);
  return stored;
}

}  // namespace

TextBound::TextBound(Texts texts, std::size_t count) : bytes_max_(bytes_max_of(texts, count)) {}

std::string_view TextBound::operator()(std::string_view text) {
  if (text.size() > bytes_max_) has_cut_ = true;
  return whole_characters(text, bytes_max_);
}

void write_result(JsonWriter& json, const DeliberationResult& result, TextBound bound) {
  json.begin_object();
  json.member("agent_id", result->agent_id);
  json.member("proposal", bound(result->proposal));
  json.member("reasoning", bound(result->reasoning));
  json.member("score", result->score);
  write_map(json, "metadata", result->metadata, bound);
  write_whether_cut(json, bound);
  json.end_object();
}

std::size_t results_of(const DeliberationEnd& end) { return end.together ? (*end.together)->results.size() : 1; }

void write_request(JsonWriter& json, const DeliberationRequest& request, Texts texts) {
  TextBound bound(texts, 1);
  TextBound prompt_bound(texts, request->agents.size());
  json.begin_object();
  json.member("task_id", request->task_id);
  json.member("task_description", bound(request->task_description));
  json.member("role", request->role);
  json.key("constraints").begin_object();
  json.member("story_id", request->constraints->story_id);
  json.member("plan_id", request->constraints->plan_id);
  json.member("timeout_seconds", request->constraints->timeout.count());
  json.member("max_retries", request->constraints->max_retries);
  write_map(json, "metadata", request->constraints->metadata, bound);
  json.end_object();
  write_whether_cut(json, bound);
  json.key("agents").begin_array();
  for (const AgentConfig& agent : request->agents) {
    json.begin_object();
    json.member("id", agent->agent_id);
    json.member("role", agent->role);
    json.member("model", agent->model);
    if (agent->prompt_template) json.member("prompt_template", prompt_bound(*agent->prompt_template));
    write_whether_cut(json, prompt_bound);
    json.end_object();
  }
  json.end_array();
  json.member("vllm_url", request->vllm_url);
  json.member("vllm_model", request->vllm_model);
  json.member("per_agent_models", request->models == ModelChoice::of_each_agent);
  json.end_object();
}

Result<DeliberationRequest> request_from_text(std::string_view text) {
  const auto document = JsonDocument::parse(text, {.bytes_max = text.size()});
  if (!document) return unreadable(document.error().message);
  const JsonValue object = document->root();
  const auto constraints_object = object.find("constraints");
  const auto agents_array = object.find("agents");
  if (!constraints_object || !agents_array) return unreadable("its request lacks a member");
  auto constraints = read_constraints(*constraints_object);
  if (!constraints) return unreadable(constraints.error().message);
  std::vector<AgentConfig> agents;
  for (const JsonValue one : agents_array->elements()) {
    auto agent = read_agent_config(one);
    if (!agent) return unreadable(agent.error().message);
    agents.push_back(std::move(*agent));
  }
  const auto per_agent = object.find("per_agent_models");
  const bool each = per_agent && per_agent->as_boolean().value_or(false);
  auto request = DeliberationRequest::create({.task_id = text_at(object, "task_id"),
                                              .task_description = text_at(object, "task_description"),
                                              .role = text_at(object, "role"),
                                              .constraints = std::move(*constraints),
                                              .agents = std::move(agents),
                                              .vllm_url = text_at(object, "vllm_url"),
                                              .vllm_model = text_at(object, "vllm_model"),
                                              .models = each ? ModelChoice::of_each_agent : ModelChoice::of_request});
  if (!request) return unreadable(request.error().message);
  return request;
}

void write_end(JsonWriter& json, const DeliberationEnd& end, Texts texts) {
  const TextBound result_bound(texts, results_of(end));
  TextBound bound(texts, 1);
  json.begin_object();
  json.member("status", to_word(end.status));
  json.member("cut", word_in(cut_words, end.cut));
  if (end.decision) {
    json.key("decision");
    write_result(json, *end.decision, result_bound);
  }
  if (end.together) {
    json.key("together").begin_object();
    json.member("total_agents", (*end.together)->total_agents);
    json.member("completed_agents", (*end.together)->completed_agents);
    json.member("failed_agents", (*end.together)->failed_agents);
    json.key("results").begin_array();
    for (const DeliberationResult& one : (*end.together)->results) write_result(json, one, result_bound);
    json.end_array();
    json.end_object();
  }
  json.member("error", bound(end.error));
  write_whether_cut(json, bound);
  json.end_object();
}

Result<DeliberationEnd> end_from_text(std::string_view text) {
  const auto document = JsonDocument::parse(text, {.bytes_max = text.size()});
  if (!document) return unreadable(document.error().message);
  const JsonValue object = document->root();
  const auto status = deliberation_status_from(text_at(object, "status"));
  const auto cut = from_word(cut_words, text_at(object, "cut"));
  if (!status || !cut) return unreadable("its end lacks a member");
  DeliberationEnd end{.status = *status, .cut = *cut, .decision = {}, .together = {}, .error = text_at(object, "error")};
  if (const auto decision = object.find("decision")) {
    auto result = read_result(*decision);
    if (!result) return unreadable(result.error().message);
    end.decision = std::move(*result);
  }
  if (const auto together = object.find("together")) {
    auto all = read_together(*together);
    if (!all) return unreadable(all.error().message);
    end.together = std::move(*all);
  }
  return end;
}

std::string plan_text(const DeliberationPlan& plan) {
  return text_by([&](JsonWriter& json) { write_plan(json, plan); });
}
std::string request_text(const DeliberationRequest& request) {
  return text_by([&](JsonWriter& json) { write_request(json, request, Texts::whole); });
}
std::string end_text(const DeliberationEnd& end) {
  return text_by([&](JsonWriter& json) { write_end(json, end, Texts::whole); });
}

StoredText stored_request(const DeliberationRequest& request) {
  return stored_text(request_text(request), [&](JsonWriter& json) { write_request(json, request, Texts::kept_for_lists); });
}
StoredText stored_end(const DeliberationEnd& end) {
  return stored_text(end_text(end), [&](JsonWriter& json) { write_end(json, end, Texts::kept_for_lists); });
}

Result<Deliberation> deliberation_from(DeliberationColumns columns) {
  auto request = request_from_text(columns.request);
  if (!request) return pass_on(request);
  auto plan = plan_from_text(columns.preset, columns.plan);
  if (!plan) return pass_on(plan);
  Deliberation deliberation{.id = std::move(columns.id),
                            .owner = columns.owner,
                            .request = std::move(*request),
                            .plan = std::move(*plan),
                            .created_at = columns.created_at,
                            .ended_at = columns.ended_at,
                            .spent = columns.spent,
                            .has_begun = columns.has_begun};
  if (columns.outcome) {
    auto end = end_from_text(*columns.outcome);
    if (!end) return pass_on(end);
    deliberation.end = std::move(*end);
  }
  return deliberation;
}

Result<DeliberationPlan> plan_from_text(std::string_view preset, std::string_view text) {
  auto plan = stored_plan(preset, text);
  if (!plan) return unreadable(plan.error().message);
  return plan;
}

}  // namespace orc
