#include <gmock/gmock.h>
#include <new>

#include "application/deliberation/replay_deliberation.h"
#include "tests/fakes/deliberation_runner_fixture.h"

namespace orc {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

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
  const SteadyTime begun = clock.steady_now();
  work([&] { return model.open == 2; });
  EXPECT_LT(clock.steady_now() - begun, 15s) << "once they have ended nothing is waited for";
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

TEST_F(deliberation_runner, a_call_that_throws_has_failed_and_what_it_used_until_then_counts) {
  const std::string id = add();
  model.writes = [n = 0](AnswerListener& listener) mutable {
    if (++n == 1) listener.was_in_vain({.in = 7});
  };
  model.says = [n = 0](const ModelQuestion&) mutable -> Result<ModelAnswer> {
    if (++n == 1) throw std::bad_alloc();
    return ModelAnswer{.text = "eleven", .usage = {.in = 10}};
  };
  work_to_the_end();
  EXPECT_EQ(get(id).status(), DeliberationStatus::completed);
  EXPECT_EQ(outcomes(id), "failed succeeded succeeded ");
  EXPECT_EQ(ok(store.calls(id)).at(0).text, "internal error: std::bad_alloc");
  EXPECT_EQ(get(id).spent.usage.in, 27);
  EXPECT_TRUE(log.holds("call of a deliberation failed"));
}

TEST_F(deliberation_runner, what_throws_while_it_runs_ends_it_with_what_was_paid_for_and_keeps_nothing) {
  const std::string first = add();
  const std::string second = add();
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n == 1 || n > 3 ? 0ms : 100'000ms; };
  state.when_change_begins = [&, has_thrown = false]() mutable {
    if (model.open == 2 && !std::exchange(has_thrown, true)) throw std::bad_alloc();  // as what the first answered is stored
  };
  work([&] { return store.running_now() == 0; }, {.deliberations_max = 1});
  EXPECT_EQ(outcomes(first), "succeeded stopped stopped ");
  EXPECT_EQ(get(first).status(), DeliberationStatus::failed);
  EXPECT_EQ(get(first).end->error, "internal error: std::bad_alloc");
  EXPECT_EQ(model.stopped, 2);
  EXPECT_EQ(get(second).status(), DeliberationStatus::completed);
}

TEST_F(deliberation_runner, what_throws_while_a_record_is_read_is_told_and_it_is_read_again) {
  const std::string first = add();
  const std::string second = add();
  store.before_calls = [n = 0]() mutable -> boost::asio::awaitable<void> {
    if (++n == 1) throw std::bad_alloc();
    co_return;
  };
  work([&] { return store.running_now() == 0; }, {.deliberations_max = 1, .records_read_max = 1});
  EXPECT_EQ(get(first).status(), DeliberationStatus::completed);
  EXPECT_EQ(get(second).status(), DeliberationStatus::completed);
  EXPECT_TRUE(log.holds("deliberation was left"));
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

TEST_F(deliberation_runner, what_was_told_is_not_told_again_where_the_answer_was_lost) {
  model.writes = [](AnswerListener& listener) { listener.wrote("ele"); };
  model.takes = [](const ModelQuestion&) { return 20s; };
  const std::string id = add();
  state.faults.tellings_are_lost = true;
  work([&, begun = clock.steady_now()] { return store.running_now() == 0 || clock.steady_now() > begun + 60s; });
  EXPECT_EQ(told(id), "begun phase0 delta0 delta0 delta0 answer0 answer0 answer0 scores ended ");
  EXPECT_TRUE(log.holds("could not be stored"));
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

}  // namespace
}  // namespace orc
