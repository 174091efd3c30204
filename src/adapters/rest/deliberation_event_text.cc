#include <set>
#include <string_view>

#include "adapters/json/json_writer.h"
#include "adapters/json/time_text.h"
#include "adapters/rest/deliberation_events.h"

namespace orc {
namespace {

// Writes the server-sent events of one event.
class EventText {
 public:
  EventText(const Deliberation& deliberation, std::string& out) : deliberation_(deliberation), out_(out), last_(out.size()) {}

  // Where the last of them begins; the end, if there is none. Not to be found by looking for its first words: models write those too.
  std::size_t last() const { return last_; }

  void write(const StoredEvent& event);
  void write_decision();
  void write_end();

 private:
  // `write` fills the data.
  template <typename Write>
  void say(std::string_view name, Write write) {
    last_ = out_.size();
    out_.append("event: ").append(name).append("\ndata: ");
    JsonWriter json(out_);
    json.begin_object();
    write(json);
    json.end_object();
    out_.append("\n\n");
  }

  void write_begin(const StoredEvent& event);
  void write_answer(const StoredEvent& event);
  void write_scores();
  void write_call(JsonWriter& json, const CallName& call) const;
  void write_asked(JsonWriter& json, const Stage& stage) const;
  StageKind kind_of(const CallName& call) const { return deliberation_.plan->stages[call.stage].kind; }

  const Deliberation& deliberation_;
  std::string& out_;
  std::size_t last_;
};

void EventText::write_call(JsonWriter& json, const CallName& call) const {
  json.member("agent_id", deliberation_.request->agents[call.agent]->agent_id);
  json.member("stage", call.stage);
  json.member("sample", call.sample);
}

void EventText::write(const StoredEvent& event) {
  switch (event.event.kind) {
    case EventKind::begun:
      return write_begin(event);
    case EventKind::phase:
      return say("phase", [&](JsonWriter& json) {
        json.member("stage", event.event.call.stage);
        json.member("kind", to_word(kind_of(event.event.call)));
        write_asked(json, deliberation_.plan->stages[event.event.call.stage]);
        json.member("at", time_text(event.at));
      });
    case EventKind::delta:
      return say("delta", [&](JsonWriter& json) {
        write_call(json, event.event.call);
        json.member("attempt", event.event.attempt);
        json.member("seq", event.event.part);
        json.member("text", event.event.text);
      });
    case EventKind::answer:
      return write_answer(event);
    case EventKind::scores:
      return write_scores();
    case EventKind::ended:
      write_decision();
      return write_end();
  }
}

// Left out where all agents are asked: there may be a thousand.
void EventText::write_asked(JsonWriter& json, const Stage& stage) const {
  const bool asks_first = stage.kind == StageKind::aggregate;
  const bool asks_none = stage.kind == StageKind::verify;  // but a plugin
  if (stage.agents.empty() && !asks_first && !asks_none) return;
  const std::set<std::string_view> named(stage.agents.begin(), stage.agents.end());
  json.key("agents").begin_array();
  for (const AgentConfig& agent : deliberation_.request->agents) {
    if (asks_none) break;
    if (!named.empty() && !named.contains(agent->agent_id)) continue;
    json.value(agent->agent_id);
    if (asks_first) break;
  }
  json.end_array();
}

void EventText::write_begin(const StoredEvent& event) {
  const DeliberationRequestFields& request = *deliberation_.request;
  say("begin", [&](JsonWriter& json) {
    json.member("deliberation_id", deliberation_.id);
    json.member("task_id", request.task_id);
    json.member("role", request.role);
    json.member("preset", deliberation_.plan->preset);
    json.member("at", time_text(event.at));
    json.key("agents").begin_array();
    for (const AgentConfig& agent : request.agents) {
      json.begin_object();
      json.member("agent_id", agent->agent_id);
      json.member("role", agent->role);
      json.member("model", model_asked_for(request, agent));
      json.end_object();
    }
    json.end_array();
  });
}

std::string_view name_of_answer(StageKind kind) {
  switch (kind) {
    case StageKind::propose:
    case StageKind::exchange:
    case StageKind::revise:
    case StageKind::aggregate:
      return "proposal";
    case StageKind::critique:
    case StageKind::vote:
    case StageKind::score:
    case StageKind::verify:
    case StageKind::escalate:
      return "remark";
  }
  return {};
}

void EventText::write_answer(const StoredEvent& event) {
  if (!event.call) return;
  const FinishedCall& call = *event.call;
  const bool succeeded = call.outcome == CallOutcome::succeeded;
  const bool is_verdict = kind_of(call.name) == StageKind::verify;
  if (succeeded && is_verdict)
    return say("score", [&](JsonWriter& json) {
      write_call(json, call.name);
      json.member("score", call.score);
    });
  if (succeeded)
    say(name_of_answer(kind_of(call.name)), [&](JsonWriter& json) {
      write_call(json, call.name);
      json.member("text", call.text);
      if (call.answer) json.member("answer", *call.answer);
    });
  say("agent", [&](JsonWriter& json) {
    write_call(json, call.name);
    json.member("state", succeeded ? "answered" : to_word(call.outcome));
    if (!succeeded) json.member("error", call.text);
    json.member("tokens_in", call.usage.in);
    json.member("tokens_out", call.usage.out);
    json.member("cost_micros", call.cost_micros);
    json.member("duration_ms", call.duration.count());
  });
}

void EventText::write_scores() {
  if (!deliberation_.end || !deliberation_.end->together) return;
  for (const DeliberationResult& result : (*deliberation_.end->together)->results)
    say("score", [&](JsonWriter& json) {
      json.member("agent_id", result->agent_id);
      json.member("score", result->score);
    });
}

void EventText::write_decision() {
  if (!deliberation_.end || !deliberation_.end->decision) return;
  const DeliberationResult told = told_decision(deliberation_);
  const ResultFields& decision = *told;
  say("decision", [&](JsonWriter& json) {
    json.member("agent_id", decision.agent_id);
    json.member("proposal", decision.proposal);
    json.member("reasoning", decision.reasoning);
    json.member("score", decision.score);
    json.key("metadata").begin_object();
    for (const auto& [name, value] : decision.metadata) json.member(name, value);
    json.end_object();
  });
}

void EventText::write_end() {
  say("end", [&](JsonWriter& json) {
    json.member("status", to_word(deliberation_.status()));
    if (deliberation_.end && !deliberation_.end->error.empty()) json.member("error", deliberation_.end->error);
    json.member("calls", deliberation_.spent.calls);
    json.member("tokens_in", deliberation_.spent.usage.in);
    json.member("tokens_out", deliberation_.spent.usage.out);
    json.member("cost_micros", deliberation_.spent.cost_micros);
  });
}

}  // namespace

std::string event_text(const StoredEvent& event, const Deliberation& deliberation) {
  std::string text;
  EventText writer(deliberation, text);
  writer.write(event);
  const std::string id = "id: " + std::to_string(event.n) + "\n";
  // One that says nothing moves the id on all the same.
  return text.empty() ? id + "\n" : text.insert(writer.last(), id);
}

std::string end_text_of(const Deliberation& deliberation) {
  std::string text;
  EventText writer(deliberation, text);
  writer.write_decision();
  writer.write_end();
  return text;
}

}  // namespace orc
