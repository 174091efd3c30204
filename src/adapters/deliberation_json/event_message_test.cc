#include "adapters/deliberation_json/event_message.h"

#include <gtest/gtest.h>

#include "adapters/crypto/sha256_digest.h"
#include "adapters/deliberation_json/event_subject.h"
#include "domain/deliberation/deliberation_script.h"

namespace orc {
namespace {

class EventMessages : public testing::Test {
 protected:
  EventMessages() {
    DeliberationScript script(2, deliberation.plan);
    end = script.play([](CallName name) { return DeliberationScript::success(name, name.agent == 0 ? "eleven" : "eleven or so"); });
  }

  StoredEvent event(EventKind kind, CallName call = {}) const {
    return {.id = EventId{7},
            .deliberation = deliberation.id,
            .n = 3,
            .at = timestamp_from_ms(1'790'000'000'250),
            .event = {.kind = kind, .call = call},
            .call = {}};
  }
  StoredEvent answer(FinishedCall call) const {
    StoredEvent made = event(EventKind::answer, call.name);
    made.call = std::move(call);
    return made;
  }
  std::string body(const StoredEvent& event) { return event_message(event, deliberation, digest).body; }
  std::string subject(const StoredEvent& event) { return event_message(event, deliberation, digest).subject; }
  void set_task(std::string id) {
    DeliberationRequestFields fields = *deliberation.request;
    fields.task_id = std::move(id);
    deliberation.request = DeliberationRequest::create(std::move(fields)).value();
  }

  Sha256Digest digest;
  Deliberation deliberation{.id = "deliberation-t-1790000000-0a1b2c3d",
                            .request = DeliberationScript::request_for(2),
                            .plan = preset_plan("independent", {}).value()};
  DeliberationEnd end;
};

TEST_F(EventMessages, the_start_is_what_older_consumers_know) {
  const EventMessage message = event_message(event(EventKind::begun), deliberation, digest);
  EXPECT_EQ(message.subject, "vllm.streaming.deliberation-t-1790000000-0a1b2c3d");
  EXPECT_EQ(message.id, to_hex(digest.sha256("vllm.streaming.vllm_stream_start:deliberation-t-1790000000-0a1b2c3d:stream_event")));
  EXPECT_EQ(
      message.body,
      R"({"event_type":"vllm.streaming.vllm_stream_start","payload":{"type":"vllm_stream_start",)"
      R"("agent_id":"deliberation-t-1790000000-0a1b2c3d","timestamp":1790000000.25,"task_description":"Name a prime above 10.",)"
      R"("role":"DEV","status":"streaming","model":"m","deliberation_id":"deliberation-t-1790000000-0a1b2c3d"},"idempotency_key":")" +
          message.id +
          R"(","correlation_id":"eb8f287e-65cd-420d-8d54-7521352194b5","timestamp":"2026-09-21T14:13:20.250Z",)"
          R"("producer":"ray-executor-service","metadata":{"deliberation_id":"deliberation-t-1790000000-0a1b2c3d","task_id":"t","n":3,"seq":7}})");
}

TEST_F(EventMessages, an_end_brings_its_result_or_its_error) {
  deliberation.end = end;
  const EventMessage message = event_message(event(EventKind::ended), deliberation, digest);
  EXPECT_EQ(message.subject, "orchestration.deliberation.completed");
  EXPECT_EQ(message.id, to_hex(digest.sha256("deliberation.completed:" + deliberation.id + ":deliberation_result")));
  EXPECT_TRUE(message.body.contains(R"("event_type":"deliberation.completed")"));
  EXPECT_TRUE(message.body.contains(R"("task_id":"t","status":"completed","timestamp":1790000000.25,"result":{"agent_id":"a")"));
  EXPECT_FALSE(message.body.contains(R"("error")"));
  deliberation.end = {.status = DeliberationStatus::cancelled, .error = "the deliberation was cancelled"};
  EXPECT_TRUE(body(event(EventKind::ended)).contains(R"("status":"failed","timestamp":1790000000.25,"error":"the deliberation was)"));
}

TEST_F(EventMessages, an_answer_of_an_agent_is_bare) {
  EXPECT_EQ(body(answer(DeliberationScript::success({.agent = 1}, "eleven"))),
            R"({"task_id":"t","agent_id":"b","role":"DEV","status":"completed","duration_ms":0,"timestamp":"2026-09-21T14:13:20.250Z",)"
            R"("proposal":{"content":"eleven"},"operations":[],"audit_trail":[],"artifacts":{},"success":true,"model":"m",)"
            R"("enable_tools":false,"diversity":false,"num_agents":2,"constraints":{"story_id":"s","plan_id":"","timeout":300,)"
            R"("max_retries":3,"metadata":{}},"deliberation_id":"deliberation-t-1790000000-0a1b2c3d","stage":0,"sample":0,"n":3,"seq":7})");
  PlanFields diverse = *deliberation.plan;
  diverse.is_diverse = true;
  deliberation.plan = DeliberationPlan::create(std::move(diverse)).value();
  EXPECT_TRUE(body(answer(DeliberationScript::success({.agent = 1}, "eleven"))).contains(R"("diversity":true)"));
  const std::string failed = body(answer(DeliberationScript::failure({.agent = 1}, "it broke")));
  EXPECT_TRUE(failed.contains(R"("status":"failed")") && failed.contains(R"("success":false)"));
  EXPECT_TRUE(failed.ends_with(R"("error":"it broke","error_type":"ModelCallFailed"})"));
}

// Consumers count completed and failed ones; there is no third subject.
TEST_F(EventMessages, an_agent_that_was_hung_up_on_has_failed_and_says_why) {
  const struct {
    CallOutcome outcome;
    const char* type;
  } cases[] = {{CallOutcome::stopped, "Stopped"}, {CallOutcome::timed_out, "Timeout"}, {CallOutcome::cancelled, "Cancelled"}};
  for (const auto& [outcome, type] : cases) {
    const StoredEvent made = answer({.name = {.agent = 1}, .outcome = outcome, .text = "because", .answer = {}, .score = {}});
    EXPECT_EQ(subject(made), "agent.response.failed") << type;
    EXPECT_TRUE(body(made).contains(R"("status":"failed")"));
    EXPECT_TRUE(body(made).ends_with(R"("error":"because","error_type":")" + std::string(type) + R"("})")) << body(made);
  }
}

TEST_F(EventMessages, subjects_of_answers_follow_the_task_and_the_outcome) {
  const struct {
    const char* task;
    const char* suffix;
  } cases[] = {{"t", ""},
               {"story-1:task-extraction", ".task-extraction"},
               {"ceremony-1:story-2:role-dev", ".backlog-review.role"},
               {"x-ceremony-1:story-2:role-dev", ""}};
  for (const auto& [task, suffix] : cases) {
    set_task(task);
    EXPECT_EQ(subject(answer(DeliberationScript::success({}, "x"))), std::string("agent.response.completed") + suffix) << task;
    EXPECT_EQ(subject(answer(DeliberationScript::failure({}))), "agent.response.failed") << task;
  }
}

TEST_F(EventMessages, a_delta_goes_to_its_agents_subject_with_its_chunk) {
  StoredEvent delta = event(EventKind::delta, {.stage = 0, .agent = 1, .sample = 2});
  delta.event.attempt = 2;
  delta.event.part = 5;
  delta.event.text = "ele";
  EXPECT_EQ(subject(delta), "vllm.streaming.b");
  EXPECT_TRUE(body(delta).contains(R"("type":"vllm_stream_chunk","agent_id":"b","timestamp":1790000000.25,)"
                                   R"("deliberation_id":"deliberation-t-1790000000-0a1b2c3d","stage":0,"sample":2,"attempt":2,"chunk":5,)"
                                   R"("text":"ele"})"));
}

TEST_F(EventMessages, what_a_verifier_says_is_no_response_of_the_agent) {
  PlanFields plan = *preset_plan("independent", {}).value();
  plan.stages.push_back({.kind = StageKind::verify, .agents = {}, .plugin = "check"});
  deliberation.plan = DeliberationPlan::create(std::move(plan)).value();
  FinishedCall call{.name = {.stage = static_cast<std::uint32_t>(deliberation.plan->stages.size() - 1)}, .score = 0.5};
  EXPECT_EQ(subject(answer(call)), "vllm.streaming.a");
  EXPECT_TRUE(body(answer(call)).contains(R"("type":"vllm_stream_verdict")"));
  EXPECT_TRUE(body(answer(call)).contains(R"("score":0.5)"));
}

TEST_F(EventMessages, scores_are_told_by_agent) {
  deliberation.end = end;
  EXPECT_TRUE(body(event(EventKind::scores)).contains(R"("scores":{"a":)"));
}

// JetStream drops what has the name of something that it was given just now.
TEST_F(EventMessages, no_two_events_have_one_name) {
  std::vector<StoredEvent> all;
  for (std::int64_t n = 1; n < 4; ++n)
    for (const EventKind kind : {EventKind::phase, EventKind::delta, EventKind::scores}) {
      all.push_back(event(kind));
      all.back().n = n * 10 + std::to_underlying(kind);
    }
  all.push_back(event(EventKind::begun));
  all.push_back(event(EventKind::ended));
  for (std::uint32_t i = 0; i < 2; ++i)
    for (std::uint32_t sample = 0; sample < 3; ++sample)
      all.push_back(answer(DeliberationScript::success({.stage = 0, .agent = i, .sample = sample}, "x")));
  std::vector<std::string> names;
  for (const StoredEvent& one : all) names.push_back(event_message(one, deliberation, digest).id);
  Deliberation other = deliberation;
  other.id = "deliberation-t-1790000000-ffffffff";
  for (StoredEvent one : all) {
    one.deliberation = other.id;
    names.push_back(event_message(one, other, digest).id);
  }
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

TEST_F(EventMessages, an_event_has_the_same_bytes_whenever_it_is_published) {
  const StoredEvent one = answer(DeliberationScript::success({}, "x"));
  EXPECT_EQ(body(one), body(one));
  EXPECT_EQ(event_message(one, deliberation, digest).id, event_message(one, deliberation, digest).id);
}

TEST_F(EventMessages, a_long_text_is_cut_between_characters_and_says_so) {
  std::string text(event_text_bytes_max - 1, 'x');
  text += "\xC3\xA9 and more";
  const std::string message = body(answer(DeliberationScript::success({}, text)));
  EXPECT_LT(message.size(), event_text_bytes_max + 1000);
  EXPECT_TRUE(message.contains(R"(x"},"operations")"));
  EXPECT_TRUE(message.ends_with(R"("truncated":true})"));
}

// NATS takes messages up to 1 MiB, unless it is told otherwise; one that it refuses is never told.
TEST_F(EventMessages, no_message_is_larger_than_brokers_take_whatever_its_texts_are) {
  const std::string worst(1024 * 1024, '\x01');
  DeliberationRequestFields fields = *deliberation.request;
  fields.task_description = worst;
  fields.constraints =
      TaskConstraints::create({.story_id = "s", .plan_id = "", .metadata = {{"k", std::string(constraint_metadata_bytes_max - 1, '\x01')}}})
          .value();
  deliberation.request = DeliberationRequest::create(std::move(fields)).value();
  DeliberationEnd told = end;
  ResultFields decision = **end.decision;
  decision.proposal = decision.reasoning = decision.metadata["answer"] = worst;
  told.decision = DeliberationResult::create(std::move(decision)).value();
  deliberation.end = told;
  StoredEvent delta = event(EventKind::delta);
  delta.event.text = worst;
  for (const StoredEvent& one : {event(EventKind::begun), delta, answer(DeliberationScript::success({}, worst)),
                                 answer(DeliberationScript::failure({}, worst)), event(EventKind::ended)}) {
    const std::string message = body(one);
    EXPECT_LT(message.size(), 1024U * 1024) << subject(one);
    EXPECT_TRUE(message.contains(R"("truncated":true)")) << subject(one);
  }
}

TEST(subject_token, has_nothing_that_a_subject_cannot_have) {
  const struct {
    const char* name;
    const char* token;
  } cases[] = {{"agent-1", "agent-1"}, {"a.b", "a_b"}, {"a b\tc", "a_b_c"}, {"*>", "__"}, {"x:y@z", "x:y@z"}, {"\xC3\xA9", "\xC3\xA9"}};
  for (const auto& [name, token] : cases) EXPECT_EQ(subject_token(name), token);
}

}  // namespace
}  // namespace orc
