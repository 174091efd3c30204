#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <new>

#include "application/deliberation/replay_deliberation.h"
#include "application/duties/end_orphan_deliberations.h"
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

TEST_F(deliberation_runner, who_loses_the_seat_leaves_the_plugins_that_verify_to_the_next_one) {
  int left = 0;
  int stopped = 0;
  verifier.rests = [&](VerificationEnds ends) -> boost::asio::awaitable<void> {
    const auto pause = wake_ups.make();
    const std::stop_callback on_stop(ends.stop, [&] { pause->wake(); });
    const std::stop_callback on_leave(ends.leave, [&] { pause->wake(); });
    while (!ends.stop.stop_requested() && !ends.leave.stop_requested()) co_await pause->wait(clock.steady_now() + 1h);
    ++(ends.stop.stop_requested() ? stopped : left);
  };
  const std::string id = add(preset_plan("best_of_n", {.verifier = "judge"}).value());
  work([&] {
    if (verifier.asked.size() == 3) store.has_seat = false;
    return left + stopped == 3;
  });
  EXPECT_EQ(left, 3);
  EXPECT_EQ(stopped, 0);
  EXPECT_EQ(outcomes(id), "succeeded succeeded succeeded ");

  store.has_seat = true;
  cancel_when(id, [&] { return verifier.asked.size() == 6; });
  EXPECT_EQ(stopped, 3) << "what was cancelled needs no verdict";
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

TEST_F(deliberation_runner, what_another_process_has_ended_is_seen_though_there_is_room_for_no_more) {
  model.takes = [](const ModelQuestion&) { return 100'000ms; };
  const std::string id = add();
  add();
  const SteadyTime begun = clock.steady_now();
  work(
      [&] {
        if (model.open == 3 && store.running_now() == 2) store.end_now(id, {.status = DeliberationStatus::cancelled, .error = "cancelled"});
        return model.stopped == 3;
      },
      {.deliberations_max = 1, .calls_max = 10});
  EXPECT_GE(model.stopped, 3);
  EXPECT_LT(clock.steady_now() - begun, 10s);
}

TEST_F(deliberation_runner, one_whose_seat_was_lost_while_it_was_read_is_not_begun) {
  for (const bool comes_back : {false, true}) {
    store.has_seat = true;
    int reads = 0;
    store.before_calls = [&, pause = std::shared_ptr<WakeUp>(wake_ups.make())]() -> boost::asio::awaitable<void> {
      if (++reads > 1) co_return;
      store.has_seat = false;
      co_await pause->wait(clock.steady_now() + 5s);
      store.has_seat = comes_back;
      co_await pause->wait(clock.steady_now() + 5s);
    };
    add();
    bool was_begun = false;
    const SteadyTime begun = clock.steady_now();
    work([&] {
      was_begun = was_begun || (reads == 1 && !model.questions.empty());
      return clock.steady_now() > begun + 20s;
    });
    EXPECT_FALSE(was_begun);
    EXPECT_EQ(model.questions.empty(), !comes_back) << "whoever has the seat again reads again";
    store.before_calls = nullptr;
    model.questions.clear();
  }
}

TEST_F(deliberation_runner, one_that_is_cancelled_while_it_is_read_is_not_begun) {
  for (const bool is_here : {false, true}) {
    const std::string id = add();
    const SteadyTime begun = clock.steady_now();
    store.before_calls = [&]() -> boost::asio::awaitable<void> {
      if (store.running_now() == 0) co_return;
      if (is_here) co_await runner->hang_up(id);
      store.end_now(id, {.status = DeliberationStatus::cancelled, .cut = CutShort::by_cancel, .error = "the deliberation was cancelled"});
      if (!is_here) runner->ended(id);
    };
    work([&] { return clock.steady_now() > begun + 5s; });
    EXPECT_EQ(model.questions.size(), 0u) << is_here;
    EXPECT_EQ(get(id).status(), DeliberationStatus::cancelled);
    store.before_calls = nullptr;
  }
}

TEST_F(deliberation_runner, one_that_was_hung_up_on_while_it_was_read_and_is_not_ended_goes_on) {
  const std::string id = add();
  bool is_asked = false;
  store.before_calls = [&]() -> boost::asio::awaitable<void> {
    if (!std::exchange(is_asked, true)) co_await runner->hang_up(id);
  };
  work_to_the_end();
  EXPECT_EQ(get(id).status(), DeliberationStatus::completed);
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

TEST_F(deliberation_runner, never_more_calls_are_open_than_may_be) {
  model.takes = [](const ModelQuestion&) { return 10ms; };
  for (int i = 0; i < 4; ++i) add();
  work([&] { return store.running_now() == 0; }, {.deliberations_max = 2, .calls_max = 4});
  EXPECT_EQ(store.running_now(), 0);
  EXPECT_EQ(model.open_most, 4);
  EXPECT_EQ(model.questions.size(), 12u);
}

TEST_F(deliberation_runner, what_would_keep_too_much_in_memory_waits_in_the_store) {
  model.takes = [](const ModelQuestion&) { return 10ms; };
  for (int i = 0; i < 3; ++i) add();
  std::size_t running_most = 0;
  work(
      [&] {
        running_most = std::max(running_most, runner->running());
        return store.running_now() == 0;
      },
      {.deliberation_bytes_max = 1});
  EXPECT_EQ(store.running_now(), 0);
  EXPECT_EQ(running_most, 1u) << "one at least, however large";
}

TEST_F(deliberation_runner, while_answers_hold_all_that_they_may_nothing_more_is_taken_up) {
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n == 1 ? 0ms : 5000ms; };
  const std::string first = add();
  std::string second;
  bool was_early = false;
  work(
      [&] {
        if (second.empty() && store.calls_now(first) == 1) {
          second = add();
          runner->submitted(second);
        }
        was_early = was_early || (runner->running() > 1);
        return store.running_now() == 0 && !second.empty();
      },
      {.answer_bytes_max = 1});
  EXPECT_FALSE(was_early);
  EXPECT_EQ(get(second).status(), DeliberationStatus::completed);
}

TEST_F(deliberation_runner, after_a_restart_few_records_are_read_at_once_as_they_may_be_large) {
  std::size_t reading = 0;
  std::size_t reading_most = 0;
  store.before_calls = [&]() -> boost::asio::awaitable<void> {
    const auto rest = wake_ups.make();
    reading_most = std::max(reading_most, ++reading);
    co_await rest->wait(clock.steady_now() + 10ms);
    --reading;
  };
  for (int i = 0; i < 20; ++i) add();
  const SteadyTime begun = clock.steady_now();
  work([&] { return store.running_now() == 0; }, {.records_read_max = 3});
  EXPECT_EQ(store.running_now(), 0);
  EXPECT_EQ(reading_most, 3u);
  EXPECT_LT(clock.steady_now() - begun, 2s) << "the next one is read as soon as there is room";
}

TEST_F(deliberation_runner, a_large_record_is_taken_up_by_and_by) {
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n < 60 ? 0ms : 100'000ms; };
  model.says = [n = 0](const ModelQuestion&) mutable -> Result<ModelAnswer> {
    std::string text;
    for (int word = 0; word < 6000; ++word) text += std::to_string((n * 31 + word) % 5000) + " ";
    ++n;
    return ModelAnswer{.text = std::move(text)};
  };
  PlanFields plan = *preset_plan("independent", {}).value();
  plan.stages[0].samples = 3;
  const std::string id = add(DeliberationPlan::create(plan).value(), 20);
  work([&] { return store.calls_now(id) == 59; });
  int turns = 0;
  bool is_taken_up = false;
  const auto others = [&]() -> boost::asio::awaitable<void> {
    while (!is_taken_up) {
      ++turns;
      co_await boost::asio::post(boost::asio::use_awaitable);
    }
  };
  store.before_calls = [&]() -> boost::asio::awaitable<void> {
    boost::asio::co_spawn(*executor, others(), boost::asio::detached);
    co_return;
  };
  model.takes = [&](const ModelQuestion&) {
    is_taken_up = true;
    return 100'000ms;
  };
  work([&] { return is_taken_up; });
  EXPECT_GT(turns, 5);
}

TEST_F(deliberation_runner, calls_whose_prompts_would_keep_too_much_in_memory_wait) {
  model.takes = [](const ModelQuestion&) { return 10ms; };
  for (int i = 0; i < 2; ++i) add();
  work([&] { return store.running_now() == 0; }, {.call_bytes_max = 1});
  EXPECT_EQ(store.running_now(), 0);
  EXPECT_EQ(model.open_most, 1) << "one at least, however large";
}

TEST_F(deliberation_runner, one_that_has_its_part_of_the_calls_leaves_room_for_others) {
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n <= 2 ? 100'000ms : 10ms; };
  const std::string slow = add();
  const std::string quick = add(preset_plan("independent", {}).value(), 1);
  work([&] { return store.running_now() == 1; }, {.calls_max = 3, .calls_of_one_max = 2});
  EXPECT_EQ(get(quick).status(), DeliberationStatus::completed);
  EXPECT_EQ(get(slow).status(), DeliberationStatus::running);
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
