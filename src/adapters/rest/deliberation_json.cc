#include "adapters/rest/deliberation_json.h"

#include "adapters/deliberation_json/deliberation_text.h"
#include "adapters/deliberation_json/plan_json.h"
#include "adapters/rest/job_json.h"
#include "domain/deliberation/deliberation_accounts.h"

namespace orc {
namespace {

constexpr std::size_t fixed_bytes = 1024;  // of the members beside the texts
constexpr double million = 1e6;

double seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

std::size_t text_size_of(const DeliberationEnd& end) {
  std::size_t bytes = 0;
  if (end.together)
    for (const DeliberationResult& one : (*end.together)->results) bytes += fixed_bytes / 4 + one->proposal.size() + one->reasoning.size();
  if (end.decision) bytes += (*end.decision)->proposal.size() + (*end.decision)->reasoning.size();
  return bytes;
}

void write_spending(JsonWriter& json, const Spending& spent) {
  json.member("calls", spent.calls);
  json.member("tokens_in", spent.usage.in);
  json.member("tokens_out", spent.usage.out);
  json.member("tokens_cached", spent.usage.cached);
  json.member("money", static_cast<double>(spent.cost_micros) / million);
}

void write_account(JsonWriter& json, const Account& account) {
  write_spending(json, account.spent);
  json.member("failed_calls", account.failed);
  json.member("call_seconds", seconds(account.time));
}

// A stage that a plugin verifies asks no model.
void write_model(JsonWriter& json, const Deliberation& of, const CallName& name) {
  if (of.plan->stages[name.stage].kind == StageKind::verify) return json.member("model", nullptr);
  json.member("model", model_asked_for(*of.request, of.request->agents[name.agent]));
}

std::string_view finish_word(FinishReason finish) { return finish == FinishReason::length ? "length" : "stop"; }

void write_call(JsonWriter& json, const Deliberation& of, const FinishedCall& call) {
  const bool has_succeeded = call.outcome == CallOutcome::succeeded;
  json.begin_object();
  json.member("stage", call.name.stage);
  json.member("kind", to_word(of.plan->stages[call.name.stage].kind));
  json.member("agent_id", of.request->agents[call.name.agent]->agent_id);
  json.member("sample", call.name.sample);
  write_model(json, of, call.name);
  json.member("outcome", to_word(call.outcome));
  json.member("text", has_succeeded ? std::optional<std::string_view>(call.text) : std::nullopt);
  json.member("error_message", has_succeeded ? std::nullopt : std::optional<std::string_view>(call.text));
  json.member("reasoning", call.reasoning);
  json.member("answer", call.answer);
  json.member("score", call.score);
  json.member("finish_reason", has_succeeded ? std::optional<std::string_view>(finish_word(call.finish)) : std::nullopt);
  json.member("attempts", call.attempts);
  json.member("tokens_in", call.usage.in);
  json.member("tokens_out", call.usage.out);
  json.member("tokens_cached", call.usage.cached);
  json.member("money", static_cast<double>(call.cost_micros) / million);
  json.member("seconds", seconds(call.duration));
  json.end_object();
}

// Left out is who made no call.
void write_accounts(JsonWriter& json, const RecordedDeliberation& recorded) {
  const auto& [of, calls] = recorded;
  const DeliberationAccounts accounts = accounts_of(calls);
  json.key("by_agent").begin_array();
  for (const auto& [agent, account] : accounts.by_agent) {
    json.begin_object();
    json.member("agent_id", of.request->agents[agent]->agent_id);
    write_account(json, account);
    json.end_object();
  }
  json.end_array();
  json.key("by_stage").begin_array();
  for (const auto& [stage, account] : accounts.by_stage) {
    json.begin_object();
    json.member("stage", stage);
    json.member("kind", to_word(of.plan->stages[stage].kind));
    write_account(json, account);
    json.end_object();
  }
  json.end_array();
}

void write_results(JsonWriter& json, const Deliberation& deliberation, Texts texts) {
  const DeliberationEnd* const end = deliberation.end ? &*deliberation.end : nullptr;
  const TextBound result_bound(texts, end ? results_of(*end) : 1);
  json.key("result");
  if (end && end->decision)
    write_result(json, told_decision(deliberation), result_bound);
  else
    json.value(nullptr);
  json.key("results").begin_array();
  if (end && end->together)
    for (const DeliberationResult& one : (*end->together)->results) write_result(json, one, result_bound);
  json.end_array();
  TextBound bound(texts, 1);
  json.member("error_message", end && !end->error.empty() ? std::optional(bound(end->error)) : std::nullopt);
  if (bound.has_cut()) json.member("truncated", true);
}

void write_members(JsonWriter& json, const Deliberation& deliberation, Texts texts) {
  json.member("deliberation_id", deliberation.id);
  json.member("task_id", deliberation.request->task_id);
  json.member("status", to_word(deliberation.status()));
  json.member("preset", deliberation.plan->preset);
  if (deliberation.owner)
    json.member("owner_id", std::to_underlying(*deliberation.owner));
  else
    json.member("owner_id", nullptr);
  write_time(json, "created_at", deliberation.created_at);
  write_time(json, "ended_at", deliberation.ended_at);
  write_results(json, deliberation, texts);
  json.key("usage").begin_object();
  write_spending(json, deliberation.spent);
  json.end_object();
  json.key("request");
  write_request(json, deliberation.request, texts);
  json.key("options");
  write_plan(json, deliberation.plan);
}

}  // namespace

void write_deliberation(JsonWriter& json, const Deliberation& deliberation) {
  json.begin_object();
  write_members(json, deliberation, Texts::whole);
  json.end_object();
}

void write_listed(JsonWriter& json, const Deliberation& deliberation) {
  json.begin_object();
  write_members(json, deliberation, Texts::listed);
  json.end_object();
}

void write_recorded(JsonWriter& json, const RecordedDeliberation& recorded) {
  json.begin_object();
  write_members(json, recorded.deliberation, Texts::whole);
  json.key("calls").begin_array();
  for (const FinishedCall& call : recorded.calls) write_call(json, recorded.deliberation, call);
  json.end_array();
  write_accounts(json, recorded);
  json.end_object();
}

std::string usage_text(const DeliberationUsage& usage) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("deliberations", usage.deliberations);
  write_account(json, usage.account);
  json.end_object();
  return text;
}

std::string replay_text(Replay replay) {
  std::string text;
  text.reserve(9 * (fixed_bytes + text_size_of(replay.recorded) + text_size_of(replay.replayed)) / 8);  // as write_text() does
  JsonWriter json(text);
  // What was written of one of both.
  const auto write = [&](std::string_view key, DeliberationEnd& end) {
    json.key(key);
    const std::size_t begin = text.size();
    write_end(json, std::exchange(end, {}), Texts::whole);
    return std::pair(begin, text.size() - begin);
  };
  json.begin_object();
  const auto [recorded, recorded_size] = write("recorded", replay.recorded);
  const auto [replayed, replayed_size] = write("replayed", replay.replayed);
  json.member("same", std::string_view(text).substr(recorded, recorded_size) == std::string_view(text).substr(replayed, replayed_size));
  json.end_object();
  return text;
}

std::string taken_text(const TakenDeliberation& taken, std::span<const std::string> ignored) {
  std::string message = taken.message;
  for (const std::string& place : ignored)
    message.append(&place == ignored.data() ? "; ignored, as there are no such members: " : ", ").append(place);
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("task_id", taken.task_id);
  json.member("deliberation_id", taken.deliberation_id);
  json.member("status", "submitted");
  json.member("message", message);
  json.end_object();
  return text;
}

std::size_t text_size_of(const Deliberation& deliberation) {
  std::size_t bytes = fixed_bytes + deliberation.request->task_description.size();
  for (const AgentConfig& agent : deliberation.request->agents) bytes += fixed_bytes / 8 + agent->prompt_template.value_or("").size();
  return bytes + (deliberation.end ? text_size_of(*deliberation.end) : 0);
}

std::size_t text_size_of(const RecordedDeliberation& recorded) {
  std::size_t bytes = text_size_of(recorded.deliberation);
  for (const FinishedCall& call : recorded.calls) bytes += fixed_bytes / 4 + call.text.size() + call.reasoning.size();
  return bytes;
}

}  // namespace orc
