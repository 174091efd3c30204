#include "adapters/deliberation_json/event_subject.h"

#include "domain/assert.h"

namespace orc {
namespace {

const std::string& agent_id_of(const StoredEvent& event, const Deliberation& deliberation) {
  const auto& agents = deliberation.request->agents;
  ORC_ASSERT(event.event.call.agent < agents.size());
  return agents[event.event.call.agent]->agent_id;
}

StageKind stage_kind_of(const StoredEvent& event, const Deliberation& deliberation) {
  const auto& stages = deliberation.plan->stages;
  ORC_ASSERT(event.event.call.stage < stages.size());
  return stages[event.event.call.stage].kind;
}

// `detail` makes the operation this event's own, whatever other events of that type the entity has.
EventNaming stream_event(std::string type, const std::string& entity, const std::string& detail) {
  EventNaming naming;
  naming.subject = "vllm.streaming." + subject_token(entity);
  naming.event_type = "vllm.streaming." + type;
  naming.key = naming.event_type + ":" + entity + ":stream_event" + detail;
  naming.type = std::move(type);
  return naming;
}

// The agent's id is unique in its deliberation only.
std::string place_of(const StoredEvent& event) {
  const CallName& call = event.event.call;
  return event.deliberation + ":" + std::to_string(call.stage) + "." + std::to_string(call.agent) + "." + std::to_string(call.sample);
}

std::string response_suffix(std::string_view task_id) {
  if (task_id.ends_with(":task-extraction")) return ".task-extraction";
  if (task_id.starts_with("ceremony-") && task_id.contains(":role-")) return ".backlog-review.role";
  return {};
}

EventNaming answer_naming(const StoredEvent& event, const Deliberation& deliberation) {
  const std::string& agent = agent_id_of(event, deliberation);
  if (!is_agent_response(event, deliberation)) return stream_event("vllm_stream_verdict", agent, ":" + place_of(event));
  const bool succeeded = event.call && event.call->outcome == CallOutcome::succeeded;
  EventNaming naming;
  naming.event_type = succeeded ? "agent.response.completed" : "agent.response.failed";
  naming.subject = naming.event_type;
  if (succeeded) naming.subject += response_suffix(deliberation.request->task_id);
  naming.key = naming.event_type + ":" + agent + ":response:" + place_of(event);
  return naming;
}

}  // namespace

bool is_agent_response(const StoredEvent& event, const Deliberation& deliberation) {
  return event.event.kind == EventKind::answer && stage_kind_of(event, deliberation) != StageKind::verify;
}

EventNaming naming_of(const StoredEvent& event, const Deliberation& deliberation) {
  const std::string numbered = ":" + std::to_string(event.n);
  switch (event.event.kind) {
    case EventKind::begun:
      return stream_event("vllm_stream_start", deliberation.id, "");
    case EventKind::phase:
      return stream_event("vllm_stream_phase", deliberation.id, numbered);
    case EventKind::delta:
      return stream_event(
          "vllm_stream_chunk", agent_id_of(event, deliberation),
          ":" + place_of(event) + numbered + ":" + std::to_string(event.event.attempt) + ":" + std::to_string(event.event.part));
    case EventKind::answer:
      return answer_naming(event, deliberation);
    case EventKind::scores:
      return stream_event("vllm_stream_scores", deliberation.id, numbered);
    case EventKind::ended:
      return {.subject = "orchestration.deliberation.completed",
              .event_type = "deliberation.completed",
              .type = {},
              .key = "deliberation.completed:" + deliberation.id + ":deliberation_result"};
  }
  return {};
}

std::string subject_token(std::string_view name) {
  std::string token(name);
  for (char& c : token)
    if ((c >= 0 && c <= ' ') || c == '\x7f' || c == '*' || c == '>' || c == '.') c = '_';
  return token;
}

}  // namespace orc
