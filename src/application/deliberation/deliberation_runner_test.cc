#include "application/deliberation/deliberation_runner.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/deliberation/cancel_deliberation.h"
#include "application/deliberation/replay_deliberation.h"
#include "application/duties/end_orphan_deliberations.h"
#include "domain/deliberation/deliberation_script.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/fake_deliberation_parts.h"
#include "tests/fakes/fake_wake_ups.h"
#include "tests/fakes/memory_deliberation_store.h"
#include "tests/fakes/recording_audit_log.h"
#include "tests/fakes/recording_event_log.h"
#include "tests/fakes/scripted_model.h"

namespace orc {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class WholeText final : public AnswerExtractor {
 public:
  std::optional<std::string> extract(const Extraction& extraction, std::string_view text) const override {
    return extraction.kind == Extraction::Kind::none ? std::nullopt : std::optional(std::string(text));
  }
};

class deliberation_runner : public testing::Test {
 protected:
  std::string add(DeliberationPlan plan = preset_plan("independent", {}).value(), std::size_t agents = 3) {
    const std::string id = "d-" + std::to_string(++added_);
    ok(store.add({.id = id, .request = DeliberationScript::request_for(agents), .plan = std::move(plan)}));
    return id;
  }

  // Runs what is to run until `done`, or for ten minutes of the fake clock, as one process.
  void work(std::function<bool()> done, DeliberationRunner::Limits limits = {}) {
    const auto session = [&](auto&&) -> Async<void> {
      executor = co_await boost::asio::this_coro::executor;
      DeliberationRunner process(
          *executor,
          {.store = store, .model = model, .verifier = verifier, .extractor = extractor, .wake_ups = wake_ups, .clock = clock, .log = log},
          limits);
      const SteadyTime deadline = clock.steady_now() + 600s;
      const auto pause = wake_ups.make();
      runner = &process;
      process.start();
      while (!done() && clock.steady_now() < deadline) co_await pause->wait(clock.steady_now() + 1ms);
      co_await process.wait(clock.steady_now() + grace);
      runner = nullptr;
      co_return Result<void>{};
    };
    ok(session(0));
  }
  void work_to_the_end() {
    work([&] { return store.running_now() == 0; });
  }

  Deliberation get(const std::string& id) { return ok(store.get(id)); }

  RecordedDeliberation recorded(const std::string& id) { return {.deliberation = get(id), .calls = ok(store.calls(id))}; }

  // How each call ended, in the order of the record.
  std::string outcomes(const std::string& id) {
    std::string all;
    for (const FinishedCall& call : ok(store.calls(id))) all += std::string(to_word(call.outcome)) + " ";
    return all;
  }

  // Cancels it once `when` holds, as somebody does over REST, and works until that is done.
  void cancel_when(const std::string& id, std::function<bool()> when, DeliberationRunner::Limits limits = {}) {
    DeliberationAccess access(store);
    RecordingAuditLog audit(state);
    bool is_asked = false;
    bool is_done = false;
    work(
        [&] {
          if (!is_asked && when()) {
            is_asked = true;
            canceller.emplace(store, access, *runner, audit);
            boost::asio::co_spawn(*executor, cancel(id, is_done), boost::asio::detached);
          }
          return is_done;
        },
        limits);
  }
  boost::asio::awaitable<void> cancel(std::string id, bool& is_done) {
    const Actor actor{.kind = Actor::Kind::account, .principal = {.user = UserId{1}, .role = Role::admin}, .from = {}};
    cancelled.emplace(co_await canceller->run(actor, std::move(id)));
    is_done = true;
  }

  // The events of one, those of a stage with its number.
  std::string told(const std::string& id) const {
    static constexpr const char* words[] = {"begun", "phase", "delta", "answer", "scores", "ended"};
    std::string all;
    for (const MemoryEvent& one : state.events) {
      const EventKind kind = one.stored.event.kind;
      const bool has_stage = kind == EventKind::phase || kind == EventKind::delta || kind == EventKind::answer;
      if (one.stored.deliberation != id) continue;
      all += words[std::to_underlying(kind)] + (has_stage ? std::to_string(one.stored.event.call.stage) : std::string()) + " ";
    }
    return all;
  }

  FakeClock clock;
  FakeSignals signals{clock};
  FakeWakeUps wake_ups{signals};
  MemoryState state{clock};
  MemoryDeliberationStore store{state};
  ScriptedModel model{wake_ups, clock};
  ScriptedVerifier verifier;
  WholeText extractor;
  RecordingEventLog log;
  std::chrono::seconds grace{0};  // for calls that are under way when the process stops
  DeliberationRunner* runner = nullptr;
  std::optional<boost::asio::any_io_executor> executor;  // while one works
  std::optional<CancelDeliberation> canceller;
  std::optional<Result<Deliberation>> cancelled;

 private:
  int added_ = 0;
};

TEST_F(deliberation_runner, one_is_run_to_its_end) {
  const std::string id = add();
  work_to_the_end();
  const Deliberation done = get(id);
  ASSERT_EQ(done.status(), DeliberationStatus::completed);
  EXPECT_EQ((*done.end->decision)->proposal, "eleven");
  EXPECT_EQ(done.spent.calls, 3);
  EXPECT_EQ(done.spent.usage.in, 30);
  ASSERT_EQ(model.questions.size(), 3u);
  EXPECT_EQ(model.questions[0].endpoint, "http://127.0.0.1:8000");
  EXPECT_EQ(model.questions[0].model, "m");
  EXPECT_EQ(model.questions[0].retries_max, 3);
  EXPECT_THAT(model.questions[0].user, HasSubstr("Name a prime above 10."));
}

TEST_F(deliberation_runner, an_agent_has_what_the_plan_gives_it) {
  PlanFields plan = *preset_plan("vote", {.samples = 2}).value();
  plan.agents["a"] = {.endpoint = "http://127.0.0.1:9000", .temperature = 0, .seed = 40};
  plan.endpoints = {"http://127.0.0.1:8001"};
  plan.prices["m"] = {.in = 1'000'000};
  plan.stages[0].stop = EarlyStop::never;
  const std::string id = add(DeliberationPlan::create(plan).value(), 1);
  work_to_the_end();
  ASSERT_EQ(model.questions.size(), 2u);
  EXPECT_EQ(model.questions[1].endpoint, "http://127.0.0.1:9000");
  EXPECT_TRUE(model.questions[1].replicas.empty());
  EXPECT_EQ(model.questions[1].temperature, 0);
  EXPECT_EQ(model.questions[1].seed, 41);
  EXPECT_EQ(get(id).spent.cost_micros, 20);
}

TEST_F(deliberation_runner, several_servers_of_the_models_are_handed_on) {
  PlanFields plan = *preset_plan("independent", {}).value();
  plan.endpoints = {"http://127.0.0.1:8001", "http://127.0.0.1:8002"};
  add(DeliberationPlan::create(plan).value(), 1);
  work_to_the_end();
  EXPECT_EQ(model.questions.at(0).endpoint, "http://127.0.0.1:8000");
  EXPECT_EQ(model.questions.at(0).replicas, plan.endpoints);
}

TEST_F(deliberation_runner, more_diverse_proposals_have_higher_temperatures) {
  PlanFields plan = *preset_plan("independent", {}).value();
  plan.agents["b"] = {.temperature = 1.9};
  for (const bool is_diverse : {false, true}) {
    model.questions.clear();
    plan.is_diverse = is_diverse;
    add(DeliberationPlan::create(plan).value(), 2);
    work_to_the_end();
    ASSERT_EQ(model.questions.size(), 2u);
    EXPECT_DOUBLE_EQ(model.questions[0].temperature, is_diverse ? 0.7 * 1.3 : 0.7);
    EXPECT_DOUBLE_EQ(model.questions[1].temperature, is_diverse ? 2.0 : 1.9);
  }
}

TEST_F(deliberation_runner, all_agents_failed_is_failed) {
  model.says = [](const ModelQuestion&) -> Result<ModelAnswer> { return fail(ErrorCode::unavailable, "the model is away"); };
  const std::string id = add();
  work_to_the_end();
  EXPECT_EQ(get(id).status(), DeliberationStatus::failed);
  EXPECT_EQ(get(id).end->error, "all agents failed: the model is away");
}

TEST_F(deliberation_runner, after_a_restart_only_the_missing_calls_are_made) {
  const std::string id = add();
  int answered = 0;
  model.says = [&](const ModelQuestion&) -> Result<ModelAnswer> {
    ++answered;
    return ModelAnswer{.text = "eleven"};
  };
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n <= 2 ? 0ms : 100'000ms; };
  work([&] { return answered == 2 && model.questions.size() == 3; });
  EXPECT_EQ(get(id).status(), DeliberationStatus::running);
  EXPECT_EQ(model.stopped, 1);
  EXPECT_EQ(ok(store.calls(id)).size(), 2u);
  model.takes = [](const ModelQuestion&) { return 0ms; };
  work_to_the_end();
  EXPECT_EQ(get(id).status(), DeliberationStatus::completed);
  EXPECT_EQ(model.questions.size(), 4u);
  EXPECT_EQ(get(id).spent.calls, 3);
}

TEST_F(deliberation_runner, a_stop_lets_calls_end_that_are_under_way_and_begins_none) {
  grace = 30s;
  model.takes = [](const ModelQuestion&) { return 10'000ms; };
  const std::string id = add(preset_plan("cascade", {.cheap = {"a", "b"}, .strong = {"c"}, .agreement_min = 1}).value());
  model.says = [n = 0](const ModelQuestion&) mutable -> Result<ModelAnswer> { return ModelAnswer{.text = std::to_string(++n)}; };
  work([&] { return model.open == 2; });
  EXPECT_EQ(model.stopped, 0);
  EXPECT_EQ(get(id).status(), DeliberationStatus::running);
  EXPECT_EQ(ok(store.calls(id)).size(), 2u);
  EXPECT_EQ(model.questions.size(), 2u);
  work_to_the_end();
  EXPECT_EQ(model.questions.size(), 3u);
}

TEST_F(deliberation_runner, a_stop_begins_no_call_that_waited_for_room) {
  grace = 30s;
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n == 1 ? 1'000ms : 10'000ms; };
  const std::string id = add();
  work([&] { return model.open == 2; }, {.deliberations_max = 10, .calls_max = 2});
  EXPECT_EQ(model.questions.size(), 2u);
  EXPECT_EQ(ok(store.calls(id)).size(), 2u);
}

TEST_F(deliberation_runner, only_who_has_the_seat_runs_them) {
  model.takes = [](const ModelQuestion&) { return 100'000ms; };
  store.has_seat = false;
  add();
  const SteadyTime begun = clock.steady_now();
  bool asks_early = false;
  work([&] {
    if (clock.steady_now() > begun + 10s)
      store.has_seat = model.questions.empty();  // until it has been used
    else
      asks_early = asks_early || !model.questions.empty();
    return model.stopped == 3;
  });
  EXPECT_FALSE(asks_early);
  EXPECT_EQ(model.questions.size(), 3u);
  EXPECT_EQ(store.running_now(), 1);
  EXPECT_LT(clock.steady_now() - begun, 20s);
  EXPECT_TRUE(log.holds("left to another process"));
}

TEST_F(deliberation_runner, what_another_process_has_ended_is_hung_up_on) {
  model.takes = [](const ModelQuestion&) { return 100'000ms; };
  const std::string id = add();
  const SteadyTime begun = clock.steady_now();
  work([&] {
    if (model.open == 3 && store.running_now() == 1) store.end_now(id, {.status = DeliberationStatus::cancelled, .error = "cancelled"});
    return model.stopped == 3;
  });
  EXPECT_EQ(model.stopped, 3);
  EXPECT_LT(clock.steady_now() - begun, 10s);
}

TEST_F(deliberation_runner, a_finished_call_waits_for_the_store_and_is_not_made_again) {
  const std::string id = add();
  model.says = [&](const ModelQuestion&) -> Result<ModelAnswer> {
    state.faults.changes_fail = true;
    return ModelAnswer{.text = "eleven"};
  };
  work([&, begun = clock.steady_now()] {
    if (clock.steady_now() > begun + 5s) state.faults.changes_fail = false;
    return store.running_now() == 0;
  });
  EXPECT_EQ(get(id).status(), DeliberationStatus::completed);
  EXPECT_EQ(model.questions.size(), 3u);
  EXPECT_TRUE(log.holds("could not be stored"));
}

TEST_F(deliberation_runner, a_record_whose_answer_was_lost_is_found_and_the_open_calls_go_on) {
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n == 1 ? 0ms : 20'000ms; };
  const std::string id = add();
  state.faults.answers_are_lost = true;
  work([&] {
    if (store.calls_now(id) > 0) state.faults.answers_are_lost = false;
    return store.running_now() == 0;
  });
  EXPECT_EQ(get(id).status(), DeliberationStatus::completed);
  EXPECT_EQ(model.stopped, 0);
  EXPECT_EQ(model.questions.size(), 3u);
  EXPECT_EQ(outcomes(id), "succeeded succeeded succeeded ");
}

TEST_F(deliberation_runner, attempts_in_vain_are_counted_in_calls_tokens_and_money) {
  PlanFields plan = *preset_plan("independent", {}).value();
  plan.prices["m"] = {.in = 1'000'000, .out = 2'000'000};
  model.writes = [](AnswerListener& listener) {
    EXPECT_TRUE(listener.may_try_again());
    listener.was_in_vain({.in = 100, .out = 7});
  };
  const std::string id = add(DeliberationPlan::create(plan).value(), 1);
  work_to_the_end();
  const FinishedCall call = ok(store.calls(id)).at(0);
  EXPECT_EQ(call.attempts, 2);
  EXPECT_EQ(call.usage, (TokenUsage{.in = 110, .out = 9}));
  EXPECT_EQ(call.cost_micros, 110 + 2 * 9);
  EXPECT_EQ(get(id).spent, (Spending{.calls = 2, .usage = {.in = 110, .out = 9}, .cost_micros = 128}));
}

TEST_F(deliberation_runner, what_failed_or_was_hung_up_on_has_cost_what_it_used) {
  model.writes = [](AnswerListener& listener) { listener.was_in_vain({.in = 100, .out = 7}); };
  model.says = [](const ModelQuestion&) -> Result<ModelAnswer> { return fail(ErrorCode::unavailable, "away"); };
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n == 1 ? 0ms : 10'000'000ms; };
  const std::string id = add();
  work_to_the_end();
  EXPECT_EQ(outcomes(id), "failed timed_out timed_out ");
  EXPECT_EQ(get(id).spent, (Spending{.calls = 3, .usage = {.in = 300, .out = 21}}));
}

TEST_F(deliberation_runner, a_repeat_has_room_only_beside_the_calls_that_are_wanted) {
  PlanFields plan = *preset_plan("independent", {}).value();
  plan.budget.calls = 4;
  int granted = 0;
  model.writes = [&](AnswerListener& listener) {
    while (listener.may_try_again()) {
      ++granted;
      listener.was_in_vain({});
    }
  };
  model.takes = [](const ModelQuestion&) { return 1'000ms; };
  const std::string id = add(DeliberationPlan::create(plan).value(), 3);
  work_to_the_end();
  EXPECT_EQ(granted, 1);
  EXPECT_EQ(model.questions.size(), 3u);
  EXPECT_EQ(get(id).spent.calls, 4);
}

TEST_F(deliberation_runner, time_ends_it_and_hangs_up) {
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n == 1 ? 0ms : 10'000'000ms; };
  const std::string id = add();
  const SteadyTime begun = clock.steady_now();
  work_to_the_end();
  EXPECT_EQ(get(id).status(), DeliberationStatus::completed);
  EXPECT_EQ(get(id).end->cut, CutShort::by_time);
  EXPECT_EQ((*get(id).end->decision)->metadata.at("failed_agents"), "2");
  EXPECT_EQ(model.stopped, 2);
  EXPECT_LE(clock.steady_now() - begun, 302s);
  EXPECT_EQ(outcomes(id), "succeeded timed_out timed_out ");
  EXPECT_EQ(told(id), "begun phase0 answer0 answer0 answer0 scores ended ");
  EXPECT_TRUE(replay(recorded(id))->is_same());
}

TEST_F(deliberation_runner, a_vote_that_is_decided_hangs_up_on_the_rest) {
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n <= 3 ? 0ms : 100'000ms; };
  const std::string id = add(preset_plan("vote", {}).value(), 5);
  work_to_the_end();
  EXPECT_EQ(get(id).status(), DeliberationStatus::completed);
  EXPECT_EQ(model.stopped, 2);
  EXPECT_EQ(outcomes(id), "succeeded succeeded succeeded stopped stopped ");
  EXPECT_EQ(told(id), "begun phase0 answer0 answer0 answer0 answer0 answer0 scores ended ");
  EXPECT_EQ((*get(id).end->decision)->metadata.at("failed_agents"), "0");
  EXPECT_TRUE(replay(recorded(id))->is_same());
}

TEST_F(deliberation_runner, an_answer_that_came_with_the_deciding_one_is_recorded_as_it_was_paid_for) {
  model.takes = [](const ModelQuestion&) { return 0ms; };
  const std::string id = add(preset_plan("vote", {}).value(), 5);
  work_to_the_end();
  EXPECT_EQ(get(id).status(), DeliberationStatus::completed);
  EXPECT_EQ(get(id).spent.calls, 5);
  EXPECT_EQ(std::ranges::count(ok(store.calls(id)), CallOutcome::succeeded, &FinishedCall::outcome), 5 - model.stopped);
}

TEST_F(deliberation_runner, what_a_decided_stage_hung_up_on_is_recorded_before_the_next_one_begins) {
  PlanFields plan = *preset_plan("vote", {}).value();
  plan.stages.push_back({.kind = StageKind::aggregate});
  plan.budget.calls = 6;
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n <= 3 ? 0ms : n <= 5 ? 100'000ms : 0ms; };
  const std::string id = add(DeliberationPlan::create(plan).value(), 5);
  work_to_the_end();
  EXPECT_EQ(outcomes(id), "succeeded succeeded succeeded stopped stopped succeeded ");
  EXPECT_THAT(told(id), testing::StartsWith("begun phase0 answer0 answer0 answer0 answer0 answer0 phase"));
  EXPECT_EQ(get(id).spent.calls, 6);
  EXPECT_TRUE(replay(recorded(id))->is_same());
}

TEST_F(deliberation_runner, a_cancel_hangs_up_on_all_and_records_them_before_the_end) {
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n == 1 ? 0ms : 100'000ms; };
  const std::string id = add();
  cancel_when(id, [&] { return model.open == 2; });
  EXPECT_EQ(ok(*cancelled).status(), DeliberationStatus::cancelled);
  EXPECT_EQ(model.stopped, 2);
  EXPECT_EQ(outcomes(id), "succeeded cancelled cancelled ");
  EXPECT_EQ(told(id), "begun phase0 answer0 answer0 answer0 ended ");
  EXPECT_TRUE(replay(recorded(id))->is_same());
}

TEST_F(deliberation_runner, a_cancel_of_one_that_waits_for_room_ends_it) {
  model.takes = [](const ModelQuestion&) { return 100'000ms; };
  const std::string id = add();
  cancel_when(id, [&] { return runner->running() == 1; }, {.deliberations_max = 10, .calls_max = 0});
  EXPECT_TRUE(model.questions.empty());
  EXPECT_EQ(ok(*cancelled).status(), DeliberationStatus::cancelled);
  EXPECT_TRUE(replay(recorded(id))->is_same());
}

TEST_F(deliberation_runner, calls_of_one_that_another_process_cancelled_are_recorded_behind_its_end) {
  model.takes = [](const ModelQuestion&) { return 100'000ms; };
  const std::string id = add();
  work([&, is_told = false]() mutable {
    if (model.open == 3 && !is_told) {
      is_told = true;
      store.end_now(id, {.status = DeliberationStatus::cancelled, .cut = CutShort::by_cancel, .error = "the deliberation was cancelled"});
      runner->ended(id);
    }
    return is_told && model.open == 0;
  });
  EXPECT_EQ(get(id).status(), DeliberationStatus::cancelled);
  EXPECT_EQ(outcomes(id), "cancelled cancelled cancelled ");
  EXPECT_TRUE(replay(recorded(id))->is_same());
}

TEST_F(deliberation_runner, an_answer_that_came_behind_a_cancel_is_recorded_and_decides_nothing) {
  const std::string id = add(preset_plan("independent", {}).value(), 1);
  model.says = [&](const ModelQuestion&) -> Result<ModelAnswer> {
    store.end_now(id, {.status = DeliberationStatus::cancelled, .cut = CutShort::by_cancel, .error = "the deliberation was cancelled"});
    return ModelAnswer{.text = "eleven"};
  };
  work([&] { return store.calls_now(id) == 1; });
  EXPECT_EQ(outcomes(id), "succeeded ");
  EXPECT_EQ(get(id).status(), DeliberationStatus::cancelled);
  EXPECT_TRUE(replay(recorded(id))->is_same());
}

TEST_F(deliberation_runner, calls_of_one_that_goes_on_elsewhere_are_not_recorded) {
  model.takes = [](const ModelQuestion&) { return 100'000ms; };
  const std::string id = add();
  work([&] { return model.open == 3; });
  EXPECT_EQ(model.stopped, 3);
  EXPECT_EQ(outcomes(id), "");
}

TEST_F(deliberation_runner, never_more_calls_are_open_than_may_be) {
  model.takes = [](const ModelQuestion&) { return 10ms; };
  for (int i = 0; i < 4; ++i) add();
  work([&] { return store.running_now() == 0; }, {.deliberations_max = 2, .calls_max = 4});
  EXPECT_EQ(store.running_now(), 0);
  EXPECT_EQ(model.open_most, 4);
  EXPECT_EQ(model.questions.size(), 12u);
}

TEST_F(deliberation_runner, a_verifier_scores_each_proposal) {
  verifier.says = [](const Verification& what) -> Result<double> { return what.proposal == "b" ? 0.9 : 0.1; };
  model.says = [n = 0](const ModelQuestion&) mutable -> Result<ModelAnswer> { return ModelAnswer{.text = std::string(1, "abc"[n++])}; };
  const std::string id = add(preset_plan("best_of_n", {.verifier = "judge"}).value());
  work_to_the_end();
  EXPECT_EQ((*get(id).end->decision)->proposal, "b");
  ASSERT_EQ(verifier.asked.size(), 3u);
  EXPECT_EQ(verifier.asked[0].plugin, "judge");
  EXPECT_NE(verifier.asked[0].key, verifier.asked[1].key);
}

TEST_F(deliberation_runner, what_happens_is_told_from_beginning_to_end) {
  model.writes = [](AnswerListener& listener) { listener.wrote("ele"); };
  model.takes = [](const ModelQuestion&) { return 1s; };
  const std::string id = add(preset_plan("best_of_n", {.verifier = "judge"}).value(), 1);
  work_to_the_end();
  EXPECT_EQ(told(id), "begun phase0 delta0 answer0 phase1 answer1 scores ended ");
}

TEST_F(deliberation_runner, a_quick_answer_needs_no_delta) {
  model.writes = [](AnswerListener& listener) { listener.wrote("ele"); };
  EXPECT_EQ(model.open, 0);
  const std::string id = add(preset_plan("independent", {}).value(), 2);
  work_to_the_end();
  EXPECT_EQ(told(id), "begun phase0 answer0 answer0 scores ended ");
}

TEST_F(deliberation_runner, after_a_restart_the_phase_that_goes_on_is_told_again) {
  model.takes = [](const ModelQuestion&) { return 1h; };
  const std::string id = add(preset_plan("independent", {}).value(), 1);
  work([&] { return model.open == 1; });
  model.takes = [](const ModelQuestion&) { return 0ms; };
  work_to_the_end();
  EXPECT_EQ(told(id), "begun phase0 phase0 answer0 scores ended ");
}

TEST_F(deliberation_runner, a_replay_gives_the_same_end) {
  model.says = [n = 0](const ModelQuestion&) mutable -> Result<ModelAnswer> {
    if (++n == 2) return fail(ErrorCode::unavailable, "away");
    return ModelAnswer{.text = "eleven " + std::to_string(n)};
  };
  const std::string id = add(preset_plan("cascade", {.cheap = {"a", "b"}, .strong = {"c"}}).value());
  EXPECT_EQ(replay(recorded(id)).error().code, ErrorCode::conflict);
  work_to_the_end();
  const auto replayed = replay(recorded(id));
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_TRUE(replayed->is_same());
  EXPECT_EQ(replayed->replayed.status, DeliberationStatus::completed);
}

TEST_F(deliberation_runner, those_of_a_removed_user_are_cancelled_and_hung_up_on) {
  model.takes = [](const ModelQuestion&) { return 100'000ms; };
  state.users[UserId{7}] = {};
  const auto add_of = [&](std::string id, std::optional<UserId> owner) {
    ok(store.add(
        {.id = std::move(id), .owner = owner, .request = DeliberationScript::request_for(1), .plan = preset_plan("vote", {}).value()}));
  };
  add_of("theirs", UserId{7});
  add_of("nobodys", std::nullopt);
  bool is_done = false;
  work([&, is_asked = false]() mutable {
    if (model.open == 2 && !std::exchange(is_asked, true)) {
      state.users.clear();
      const auto round = [](DeliberationStore& all, DeliberationSignals& signals, bool& done) -> boost::asio::awaitable<void> {
        EndOrphanDeliberations duty(all, signals);
        EXPECT_TRUE(co_await duty.run_once());
        done = true;
      };
      boost::asio::co_spawn(*executor, round(store, *runner, is_done), boost::asio::detached);
    }
    return is_done;
  });
  EXPECT_EQ(get("theirs").status(), DeliberationStatus::cancelled);
  EXPECT_EQ(outcomes("theirs"), "cancelled ");
  EXPECT_EQ(get("nobodys").status(), DeliberationStatus::running);
}

TEST_F(deliberation_runner, only_its_owner_or_an_administrator_cancels) {
  ok(store.add({.id = "d", .owner = UserId{7}, .request = DeliberationScript::request_for(1), .plan = preset_plan("vote", {}).value()}));
  RecordingDeliberationSignals told;
  DeliberationAccess access(store);
  RecordingAuditLog audit(state);
  CancelDeliberation cancel(store, access, told, audit);
  const auto actor = [](std::int64_t user, Role role = Role::user) {
    return Actor{.kind = Actor::Kind::account, .principal = {.user = UserId{user}, .role = role}, .from = {}};
  };
  EXPECT_EQ(code_of(cancel.run(actor(8), "d")), ErrorCode::permission_denied);
  EXPECT_EQ(code_of(cancel.run(actor(7), "x")), ErrorCode::not_found);
  EXPECT_EQ(ok(cancel.run(actor(7), "d")).status(), DeliberationStatus::cancelled);
  EXPECT_EQ(code_of(cancel.run(actor(7), "d")), ErrorCode::conflict);
  EXPECT_TRUE(state.audit.empty());
  const std::string nobodys = add();
  EXPECT_EQ(ok(cancel.run(actor(1, Role::admin), nobodys)).status(), DeliberationStatus::cancelled);
  ASSERT_EQ(state.audit.size(), 1u);
  EXPECT_EQ(state.audit[0].entry.action, "deliberation.cancel");
  EXPECT_EQ(told.ended_ids, (std::vector<std::string>{"d", nobodys}));
}

}  // namespace
}  // namespace orc
