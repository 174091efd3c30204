#include "adapters/deliberation_json/event_message.h"

#include <array>
#include <utility>

#include "adapters/deliberation_json/event_subject.h"
#include "adapters/json/json_writer.h"
#include "adapters/json/time_text.h"
#include "domain/whole_characters.h"

namespace orc {
namespace {

constexpr std::string_view producer = "ray-executor-service";  // consumers of the service that this one replaces look for it

// Consumers know of completed and failed agents only; why one that failed did is told here.
std::string_view error_type_of(CallOutcome outcome) {
  switch (outcome) {
    case CallOutcome::succeeded:
    case CallOutcome::failed:
      return "ModelCallFailed";
    case CallOutcome::stopped:
      return "Stopped";
    case CallOutcome::timed_out:
      return "Timeout";
    case CallOutcome::cancelled:
      return "Cancelled";
  }
  return {};
}

// Writes the parts of one message, and remembers whether a text had to be cut.
class MessageWriter {
 public:
  MessageWriter(const StoredEvent& event, const Deliberation& deliberation, std::string& body)
      : event_(event), deliberation_(deliberation), json_(body) {}

  void write_envelope(const EventNaming& naming, std::string_view key, std::string_view correlation_id);
  void write_response();

 private:
  void write_stream_payload(const EventNaming& naming);
  void write_end_payload();
  void write_start();
  void write_phase();
  void write_delta();
  void write_verdict();
  void write_scores();
  void write_constraints();
  void write_proposal_of_response();
  void write_place();
  // Of the event in its deliberation, and of all.
  void write_numbers() {
    json_.member("n", event_.n);
    json_.member("seq", std::to_underlying(event_.id));
  }
  // Unix seconds.
  void write_moment() { json_.member("timestamp", static_cast<double>(to_ms(event_.at)) / 1000); }
  void write_text(std::string_view name, std::string_view text) { write_cut(name, text, event_text_bytes_max); }
  void write_note(std::string_view name, std::string_view text) { write_cut(name, text, event_note_bytes_max); }
  void write_cut(std::string_view name, std::string_view text, std::size_t bytes_max);

  const DeliberationRequestFields& request() const { return *deliberation_.request; }
  const AgentConfig& agent() const { return request().agents[event_.event.call.agent]; }

  const StoredEvent& event_;
  const Deliberation& deliberation_;
  JsonWriter json_;
  bool was_cut_ = false;
};

// How much of `text` JSON writes in so many bytes, at most.
std::string_view fitting(std::string_view text, std::size_t bytes_max) {
  constexpr std::size_t escape_bytes = 6;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    bytes += static_cast<unsigned char>(c) < 0x20 ? escape_bytes : c == '"' || c == '\\' ? 2 : 1;
    if (bytes > bytes_max) return whole_characters(text, i);
  }
  return text;
}

void MessageWriter::write_cut(std::string_view name, std::string_view text, std::size_t bytes_max) {
  const std::string_view shown = fitting(text, bytes_max);
  was_cut_ = was_cut_ || shown.size() < text.size();
  json_.member(name, shown);
}

void MessageWriter::write_envelope(const EventNaming& naming, std::string_view key, std::string_view correlation_id) {
  json_.begin_object();
  json_.member("event_type", naming.event_type);
  json_.key("payload").begin_object();
  if (event_.event.kind == EventKind::ended)
    write_end_payload();
  else
    write_stream_payload(naming);
  json_.end_object();
  json_.member("idempotency_key", key);
  json_.member("correlation_id", correlation_id);
  json_.member("timestamp", time_text(event_.at));
  json_.member("producer", producer);
  json_.key("metadata").begin_object();
  json_.member("deliberation_id", deliberation_.id);
  json_.member("task_id", request().task_id);
  write_numbers();
  if (was_cut_) json_.member("truncated", true);
  json_.end_object();
  json_.end_object();
}

void MessageWriter::write_stream_payload(const EventNaming& naming) {
  json_.member("type", naming.type);
  const bool is_of_agent = event_.event.kind == EventKind::delta || event_.event.kind == EventKind::answer;
  json_.member("agent_id", is_of_agent ? agent()->agent_id : deliberation_.id);
  write_moment();
  switch (event_.event.kind) {
    case EventKind::begun:
      return write_start();
    case EventKind::phase:
      return write_phase();
    case EventKind::delta:
      return write_delta();
    case EventKind::answer:
      return write_verdict();
    case EventKind::scores:
      return write_scores();
    case EventKind::ended:
      return;  // it has a payload of its own
  }
}

void MessageWriter::write_start() {
  write_text("task_description", request().task_description);
  json_.member("role", request().role);
  json_.member("status", "streaming");
  json_.member("model", request().vllm_model);
  json_.member("deliberation_id", deliberation_.id);
}

void MessageWriter::write_phase() {
  const std::uint32_t stage = event_.event.call.stage;
  json_.member("deliberation_id", deliberation_.id);
  json_.member("stage", stage);
  json_.member("kind", to_word(deliberation_.plan->stages[stage].kind));
}

void MessageWriter::write_place() {
  const CallName& call = event_.event.call;
  json_.member("deliberation_id", deliberation_.id);
  json_.member("stage", call.stage);
  json_.member("sample", call.sample);
}

void MessageWriter::write_delta() {
  write_place();
  json_.member("attempt", event_.event.attempt);
  json_.member("chunk", event_.event.part);
  write_text("text", event_.event.text);
}

void MessageWriter::write_verdict() {
  write_place();
  if (!event_.call) return;
  json_.member("score", event_.call->score);
  if (event_.call->outcome != CallOutcome::succeeded) write_text("error", event_.call->text);
}

void MessageWriter::write_scores() {
  json_.member("deliberation_id", deliberation_.id);
  json_.key("scores").begin_object();
  if (deliberation_.end && deliberation_.end->together)
    for (const DeliberationResult& result : (*deliberation_.end->together)->results) json_.member(result->agent_id, result->score);
  json_.end_object();
}

void MessageWriter::write_end_payload() {
  json_.member("deliberation_id", deliberation_.id);
  json_.member("task_id", request().task_id);
  const bool is_completed = deliberation_.status() == DeliberationStatus::completed;
  json_.member("status", is_completed ? "completed" : "failed");  // consumers know these two; `error` tells of a cancel
  write_moment();
  if (!deliberation_.end) return;
  if (deliberation_.end->decision) {
    const DeliberationResult decision = told_decision(deliberation_);
    json_.key("result").begin_object();
    json_.member("agent_id", decision->agent_id);
    write_text("proposal", decision->proposal);
    write_note("reasoning", decision->reasoning);
    json_.member("score", decision->score);
    json_.key("metadata").begin_object();
    for (const auto& [name, value] : decision->metadata) write_note(name, value);
    json_.end_object();
    json_.end_object();
  }
  if (!is_completed) write_text("error", deliberation_.end->error);
}

void MessageWriter::write_response() {
  const bool succeeded = event_.call && event_.call->outcome == CallOutcome::succeeded;
  const auto duration = event_.call ? event_.call->duration : std::chrono::milliseconds{0};
  json_.begin_object();
  json_.member("task_id", request().task_id);
  json_.member("agent_id", agent()->agent_id);
  json_.member("role", agent()->role);
  json_.member("status", succeeded ? "completed" : "failed");
  json_.member("duration_ms", duration.count());
  json_.member("timestamp", time_text(event_.at));
  write_proposal_of_response();
  for (const char* list : {"operations", "audit_trail"}) {
    json_.key(list).begin_array();
    json_.end_array();
  }
  json_.key("artifacts").begin_object();
  json_.end_object();
  json_.member("success", succeeded);
  json_.member("model", model_asked_for(request(), agent()));
  json_.member("enable_tools", false);
  json_.member("diversity", deliberation_.plan->is_diverse);
  json_.member("num_agents", request().agents.size());
  write_constraints();
  write_place();
  write_numbers();
  if (!succeeded) {
    write_text("error", event_.call ? event_.call->text : std::string());
    json_.member("error_type", error_type_of(event_.call ? event_.call->outcome : CallOutcome::failed));
  }
  if (was_cut_) json_.member("truncated", true);
  json_.end_object();
}

void MessageWriter::write_proposal_of_response() {
  json_.key("proposal").begin_object();
  const bool succeeded = event_.call && event_.call->outcome == CallOutcome::succeeded;
  write_text("content", succeeded ? std::string_view(event_.call->text) : std::string_view());
  json_.end_object();
}

void MessageWriter::write_constraints() {
  const ConstraintFields& constraints = *request().constraints;
  json_.key("constraints").begin_object();
  json_.member("story_id", constraints.story_id);
  json_.member("plan_id", constraints.plan_id);
  json_.member("timeout", constraints.timeout.count());
  json_.member("max_retries", constraints.max_retries);
  json_.key("metadata").begin_object();
  for (const auto& [name, value] : constraints.metadata) json_.member(name, value);
  json_.end_object();
  json_.end_object();
}

// One for all events of a deliberation: a UUID of version 4 (RFC 9562), whose random bits come from the random part of the deliberation's
// id, so that it need not be stored.
std::string correlation_id_of(const std::string& deliberation, Digest& digest) {
  std::string hex = to_hex(digest.sha256("correlation:" + deliberation)).substr(0, 32);
  hex[12] = '4';
  constexpr std::array<char, 4> variants = {'8', '9', 'a', 'b'};
  hex[16] = variants[static_cast<unsigned char>(hex[16]) % variants.size()];
  for (const std::size_t place : {8U, 13U, 18U, 23U}) hex.insert(place, 1, '-');
  return hex;
}

}  // namespace

EventMessage event_message(const StoredEvent& event, const Deliberation& deliberation, Digest& digest) {
  const EventNaming naming = naming_of(event, deliberation);
  EventMessage message{.subject = naming.subject, .id = to_hex(digest.sha256(naming.key)), .body = {}};
  MessageWriter writer(event, deliberation, message.body);
  if (is_agent_response(event, deliberation))
    writer.write_response();
  else
    writer.write_envelope(naming, message.id, correlation_id_of(deliberation.id, digest));
  return message;
}

}  // namespace orc
