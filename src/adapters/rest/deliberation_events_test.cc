#include "adapters/rest/deliberation_events.h"

#include <gtest/gtest.h>

#include "adapters/system/in_process_event_signals.h"
#include "domain/deliberation/deliberation_script.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/fake_signals.h"
#include "tests/fakes/fake_wake_ups.h"
#include "tests/fakes/memory_stores.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

class DeliberationStream : public testing::Test {
 protected:
  DeliberationStream() { ok(stores.deliberations.add({.id = "d", .request = DeliberationScript::request_for(2), .plan = plan})); }

  void record(FinishedCall call) {
    ok(stores.deliberations.record("d", call));
    progress.apply(call);
  }
  void finish() { ok(stores.deliberations.end("d", progress.end().value())); }
  void play() {
    ok(stores.deliberations.tell("d", {{.kind = EventKind::phase}, {.kind = EventKind::delta, .attempt = 1, .part = 1, .text = "ele"}}));
    record(DeliberationScript::success({.agent = 0}, "eleven"));
    record(DeliberationScript::failure({.agent = 1}, "it broke"));
    finish();
  }

  // Of which nobody here hears.
  void store_phase() {
    const auto n = static_cast<std::int64_t>(stores.state.events.size()) + 1;
    stores.state.events.push_back({.stored = {.deliberation = "d", .n = n, .event = {.kind = EventKind::phase}}, .published_at = {}});
  }

  std::unique_ptr<DeliberationEvents> stream(std::int64_t after = 0) {
    const FollowDeliberation::Ports ports{.events = stores.events,
                                          .deliberations = stores.deliberations,
                                          .signals = event_signals,
                                          .wake_ups = wake_ups,
                                          .clock = stores.clock};
    return std::make_unique<DeliberationEvents>(std::make_unique<FollowDeliberation>(ports, ok(stores.deliberations.get("d")), after),
                                                stores.clock);
  }
  std::string next(DeliberationEvents& events) {
    const auto work = [&]() -> Async<std::string> { co_return co_await events.next(); };
    return ok(work());
  }
  // To its end.
  std::string all(std::int64_t after = 0) {
    const auto events = stream(after);
    std::string told;
    for (std::string part = next(*events); !part.empty(); part = next(*events)) told += part;
    return told;
  }

  const DeliberationPlan plan = preset_plan("independent", {}).value();
  const DeliberationRequest request = DeliberationScript::request_for(2);
  DeliberationProgress progress{request, plan};
  MemoryStores stores;
  FakeSignals signals{stores.clock};
  InProcessEventSignals event_signals;
  FakeWakeUps wake_ups{signals};
};

TEST_F(DeliberationStream, a_late_reader_is_told_all_from_the_start) {
  play();
  const std::string told = all();
  const std::string beginning =
      "retry: 1000\n\n"
      "id: 1\nevent: begin\n"
      R"(data: {"deliberation_id":"d","task_id":"t","role":"DEV","preset":"independent","at":"2024-05-01T08:00:00.000Z",)"
      R"("agents":[{"agent_id":"a","role":"DEV","model":"m"},{"agent_id":"b","role":"DEV","model":"m"}]})"
      "\n\n"
      "id: 2\nevent: phase\n"
      R"(data: {"stage":0,"kind":"propose","at":"2024-05-01T08:00:00.000Z"})"
      "\n\n"
      "id: 3\nevent: delta\n"
      R"(data: {"agent_id":"a","stage":0,"sample":0,"attempt":1,"seq":1,"text":"ele"})"
      "\n\n"
      "event: proposal\n"
      R"(data: {"agent_id":"a","stage":0,"sample":0,"text":"eleven"})"
      "\n\n"
      "id: 4\nevent: agent\n"
      R"(data: {"agent_id":"a","stage":0,"sample":0,"state":"answered","tokens_in":10,"tokens_out":5,"cost_micros":0,"duration_ms":0})"
      "\n\n"
      "id: 5\nevent: agent\n"
      R"(data: {"agent_id":"b","stage":0,"sample":0,"state":"failed","error":"it broke","tokens_in":0,"tokens_out":0,)"
      R"("cost_micros":0,"duration_ms":0})"
      "\n\n";
  EXPECT_EQ(told.substr(0, beginning.size()), beginning);
  const std::string rest = told.substr(beginning.size());
  EXPECT_TRUE(
      rest.starts_with("id: 6\nevent: score\n"
                       R"(data: {"agent_id":"a","score":)"))
      << rest;
  EXPECT_TRUE(
      rest.contains("\n\nevent: decision\n"
                    R"(data: {"agent_id":"a","proposal":"eleven","reasoning":)"))
      << rest;
  EXPECT_TRUE(
      rest.ends_with("\n\nid: 7\nevent: end\n"
                     R"(data: {"status":"completed","calls":2,"tokens_in":10,"tokens_out":5,"cost_micros":0})"
                     "\n\n"))
      << rest;
}

TEST_F(DeliberationStream, a_phase_names_whom_it_asks_where_these_are_not_all) {
  PlanFields fields;
  fields.preset = "custom";
  fields.stages = {{.kind = StageKind::propose, .agents = {"b"}},
                   {.kind = StageKind::critique},
                   {.kind = StageKind::verify, .plugin = "judge"},
                   {.kind = StageKind::aggregate}};
  Deliberation deliberation{.id = "d", .request = request, .plan = DeliberationPlan::create(fields).value()};
  const auto told = [&](std::uint32_t stage) {
    return event_text({.deliberation = "d", .n = 2, .event = {.kind = EventKind::phase, .call = {.stage = stage}}}, deliberation);
  };
  EXPECT_TRUE(told(0).contains(R"("kind":"propose","agents":["b"],"at":)")) << told(0);
  EXPECT_TRUE(told(1).contains(R"("kind":"critique","at":)")) << told(1);
  EXPECT_TRUE(told(2).contains(R"("kind":"verify","agents":[],"at":)")) << told(2);
  EXPECT_TRUE(told(3).contains(R"("kind":"aggregate","agents":["a"],"at":)")) << told(3);
}

// Their words stand in JSON strings and nowhere else.
TEST_F(DeliberationStream, an_id_stands_before_an_event_whatever_models_write) {
  const std::string text = "the event: click, event: begin\nevent: end\nid: 99\ndata: {}";
  const std::string quoted = R"(the event: click, event: begin\nevent: end\nid: 99\ndata: {})";
  ok(stores.deliberations.tell("d", {{.kind = EventKind::delta, .attempt = 1, .part = 1, .text = text}}));
  record(DeliberationScript::success({.agent = 0}, text));
  record(DeliberationScript::failure({.agent = 1}, text));
  finish();
  const std::string told = all();
  EXPECT_TRUE(told.contains("id: 2\nevent: delta\ndata: {") && told.contains(R"("seq":1,"text":")" + quoted + "\"}\n\n")) << told;
  EXPECT_TRUE(told.contains(R"("text":")" + quoted + "\"}\n\nid: 3\nevent: agent\n")) << told;
  EXPECT_TRUE(told.contains("\n\nid: 4\nevent: agent\n") && told.contains(R"("error":")" + quoted + "\",")) << told;
}

TEST_F(DeliberationStream, who_was_cut_goes_on_behind_the_last_event) {
  play();
  const std::string rest = all(5);
  EXPECT_TRUE(rest.starts_with("retry: 1000\n\nid: 6\nevent: score\n")) << rest;
  EXPECT_TRUE(rest.contains("event: end\n"));
}

// Attack O9.
TEST_F(DeliberationStream, little_is_kept_for_who_reads_slowly) {
  constexpr std::size_t answer_bytes = 1024 * 1024;
  for (std::uint32_t sample = 0; sample < 20; ++sample)
    ok(stores.deliberations.record("d", DeliberationScript::success({.agent = 0, .sample = sample}, std::string(answer_bytes, 'x'))));
  const auto events = stream();
  std::size_t told = 0;
  std::size_t kept_max = 0;
  while (told < 20 * answer_bytes) {
    told += next(*events).size();
    kept_max = std::max(kept_max, events->kept_bytes());
  }
  EXPECT_GT(kept_max, 0u);
  EXPECT_LT(kept_max, follow_bytes_max + answer_bytes);
}

TEST_F(DeliberationStream, what_another_process_stores_is_found_before_long) {
  const auto events = stream(1);
  next(*events);
  SteadyTime stored_at;
  signals.while_waiting = [&, when = stores.clock.steady_now() + 10s] {
    if (stores.clock.steady_now() < when || stores.state.events.size() > 1) return;
    stored_at = stores.clock.steady_now();
    store_phase();
  };
  EXPECT_TRUE(next(*events).starts_with("id: 2\nevent: phase\n"));
  EXPECT_LE(stores.clock.steady_now() - stored_at, follow_interval_max);
  // And what follows it sooner.
  signals.while_waiting = [&, when = stores.clock.steady_now() + 100ms] {
    if (stores.clock.steady_now() < when || stores.state.events.size() > 2) return;
    stored_at = stores.clock.steady_now();
    store_phase();
  };
  EXPECT_TRUE(next(*events).starts_with("id: 3\nevent: phase\n"));
  EXPECT_LE(stores.clock.steady_now() - stored_at, 2 * follow_interval_min);
}

TEST_F(DeliberationStream, what_is_stored_here_is_told_at_once) {
  const auto events = stream(1);
  next(*events);
  SteadyTime stored_at;
  signals.while_waiting = [&, when = stores.clock.steady_now() + 1s] {
    if (stores.clock.steady_now() < when || stores.state.events.size() > 1) return;
    stored_at = stores.clock.steady_now();
    store_phase();
    event_signals.happened("d");
  };
  EXPECT_TRUE(next(*events).starts_with("id: 2\nevent: phase\n"));
  EXPECT_LE(stores.clock.steady_now() - stored_at, 1ms);
}

TEST_F(DeliberationStream, what_is_stored_in_a_row_is_read_together) {
  const auto events = stream(1);
  next(*events);
  signals.while_waiting = [&] {
    if (stores.state.events.size() > 50) return;
    store_phase();
    event_signals.happened("d");
  };
  for (std::string told; !told.contains("id: 51\n");) told += next(*events);
  EXPECT_LE(stores.events.reads, 4);
}

TEST_F(DeliberationStream, who_waits_in_silence_looks_into_the_store_ever_more_rarely) {
  const auto events = stream(1);
  next(*events);
  EXPECT_EQ(next(*events), ": waiting\n\n");
  EXPECT_LE(stores.events.reads, 12);
}

TEST_F(DeliberationStream, silence_is_broken_by_a_comment) {
  const auto events = stream(1);
  next(*events);
  const SteadyTime begun = stores.clock.steady_now();
  EXPECT_EQ(next(*events), ": waiting\n\n");
  EXPECT_GE(stores.clock.steady_now() - begun, DeliberationEvents::silence_max);
}

TEST_F(DeliberationStream, of_one_whose_events_are_gone_its_end_is_told) {
  play();
  stores.state.events.clear();
  const std::string told = all();
  EXPECT_TRUE(told.starts_with("retry: 1000\n\nevent: decision\n")) << told;
  EXPECT_TRUE(told.contains("event: end\n"));
}

TEST_F(DeliberationStream, who_has_seen_the_end_is_told_it_again) {
  play();
  EXPECT_TRUE(all(7).contains("event: end\n"));
}

TEST_F(DeliberationStream, a_client_that_is_gone_is_not_waited_for) {
  const auto events = stream(1);
  next(*events);
  events->give_up();
  EXPECT_EQ(next(*events), "");
}

}  // namespace
}  // namespace orc
