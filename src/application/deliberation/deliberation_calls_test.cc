// How the calls of a deliberation end: by themselves, in vain, and because they are hung up on; and what is recorded of each.
#include <gmock/gmock.h>
#include <limits>
#include <stdexcept>

#include "application/deliberation/replay_deliberation.h"
#include "domain/deliberation/spending_room.h"
#include "tests/fakes/deliberation_runner_fixture.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

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

TEST_F(deliberation_runner, a_call_for_which_nothing_was_tried_counts_as_none) {
  model.tries = false;  // as one whose server is left alone
  model.says = [](const ModelQuestion&) -> Result<ModelAnswer> { return fail(ErrorCode::unavailable, "it is left alone for now"); };
  const std::string id = add(preset_plan("independent", {}).value(), 2);
  work_to_the_end();
  EXPECT_EQ(outcomes(id), "failed failed ");
  EXPECT_EQ(ok(store.calls(id)).at(0).attempts, 0);
  EXPECT_EQ(get(id).spent, Spending{});
  EXPECT_TRUE(replay(recorded(id))->is_same());
}

TEST_F(deliberation_runner, a_stored_seed_with_no_further_one_stays_within_its_range) {
  constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
  PlanFields plan = *preset_plan("vote", {.samples = 3}).value();
  plan.seed = last - 1;
  add(DeliberationPlan::create(plan).value(), 1);
  work_to_the_end();
  std::vector<std::optional<std::int64_t>> seeds;
  for (const ModelQuestion& question : model.questions) seeds.push_back(question.seed);
  EXPECT_THAT(seeds, testing::ElementsAre(last - 1, last, last));
}

TEST_F(deliberation_runner, what_a_server_says_that_it_counted_is_believed_within_bounds) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  model.writes = [](AnswerListener& listener) { listener.was_in_vain({.in = most, .out = -7, .cached = most}); };
  model.says = [](const ModelQuestion&) -> Result<ModelAnswer> {
    return ModelAnswer{.text = "eleven", .usage = {.in = 5, .out = most, .cached = 6}};
  };
  const std::string id = add(preset_plan("independent", {}).value(), 2);
  work_to_the_end();
  const TokenUsage usage = ok(store.calls(id)).at(0).usage;
  EXPECT_EQ(usage, (TokenUsage{.in = reported_tokens_max + 5, .out = reported_tokens_max, .cached = reported_tokens_max + 5}));
  EXPECT_EQ(get(id).spent.usage.in, 2 * usage.in);
}

TEST_F(deliberation_runner, what_failed_or_was_hung_up_on_has_cost_what_it_used) {
  model.tries = false;  // more than this
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

// Two of them would agree with each other, and win.
TEST_F(deliberation_runner, an_answer_without_a_word_is_a_failure_that_is_paid_for) {
  model.says = [n = 0](const ModelQuestion&) mutable -> Result<ModelAnswer> {
    const bool is_last = ++n == 3;
    return ModelAnswer{.text = is_last ? "eleven" : " \n",
                       .reasoning = "let me think",
                       .finish = n == 1 ? FinishReason::length : FinishReason::finished,
                       .usage = {.in = 10, .out = 2}};
  };
  const std::string id = add();
  work_to_the_end();
  EXPECT_EQ(outcomes(id), "failed failed succeeded ");
  const auto calls = ok(store.calls(id));
  EXPECT_EQ(calls[0].text, "the model wrote no text within its 2048 tokens (max_tokens)");
  EXPECT_EQ(calls[1].text, "the model wrote no text");
  EXPECT_EQ(calls[1].reasoning, "let me think") << "which tells why";
  EXPECT_EQ((*get(id).end->decision)->proposal, "eleven");
  EXPECT_EQ(get(id).spent.usage, (TokenUsage{.in = 30, .out = 6}));
  EXPECT_TRUE(replay(recorded(id))->is_same());
}

TEST_F(deliberation_runner, what_was_decided_before_votes_were_told_is_told_to_differ) {
  model.says = [n = 0](const ModelQuestion&) mutable -> Result<ModelAnswer> { return ModelAnswer{.text = std::string(1, "abc"[n++])}; };
  const std::string id = add(preset_plan("vote", {}).value());
  work_to_the_end();
  RecordedDeliberation old = recorded(id);
  ResultFields decision = **old.deliberation.end->decision;
  EXPECT_EQ(decision.metadata.at("votes"), "all_differ");
  EXPECT_TRUE(replay(old)->is_same());
  decision.metadata.erase("votes");
  old.deliberation.end->decision = DeliberationResult::create(std::move(decision)).value();
  const auto replayed = replay(old);
  EXPECT_FALSE(replayed->is_same());
  EXPECT_EQ((*replayed->replayed.decision)->metadata.at("votes"), "all_differ") << "nothing is taken over from the record";
}

TEST_F(deliberation_runner, what_failed_of_its_budget_in_other_words_is_told_to_differ) {
  PlanFields plan = *preset_plan("independent", {.quorum = 2}).value();
  plan.budget.calls = 2;
  model.says = [n = 0](const ModelQuestion&) mutable -> Result<ModelAnswer> {
    return n++ == 0 ? Result<ModelAnswer>(ModelAnswer{.text = "eleven"}) : Result<ModelAnswer>(fail(ErrorCode::invalid_argument, "no"));
  };
  const std::string id = add(DeliberationPlan::create(std::move(plan)).value(), 3);
  work_to_the_end();
  RecordedDeliberation old = recorded(id);
  EXPECT_TRUE(replay(old)->is_same());
  old.deliberation.end->error = "budget: it had no room for the calls of the stage propose; 2 calls were made";
  const auto replayed = replay(old);
  EXPECT_FALSE(replayed->is_same());
  EXPECT_EQ(replayed->replayed.error, recorded(id).deliberation.end->error) << "nothing is taken over from the record";
  old.deliberation.end->error = "all agents failed: no";
  EXPECT_FALSE(replay(old)->is_same());
}

TEST_F(deliberation_runner, an_answer_that_the_store_refuses_is_paid_for_once) {
  state.faults.refused_text = "eleven";
  model.says = [n = 0](const ModelQuestion&) mutable -> Result<ModelAnswer> {
    return ModelAnswer{.text = ++n == 1 ? "eleven" : "twelve", .reasoning = n == 1 ? "eleven is prime" : "", .usage = {.in = 10, .out = 2}};
  };
  const std::string id = add();
  work_to_the_end();
  EXPECT_EQ(outcomes(id), "failed succeeded succeeded ");
  EXPECT_EQ(model.questions.size(), 3u);
  EXPECT_EQ(get(id).spent.usage.in, 30);
  EXPECT_TRUE(replay(recorded(id))->is_same());
}

TEST_F(deliberation_runner, an_end_that_the_store_refuses_ends_it_all_the_same) {
  const std::string id = add(preset_plan("independent", {}).value(), 1);
  model.takes = [&](const ModelQuestion&) { return 10ms; };
  work([&] {
    if (store.calls_now(id) == 1) state.faults.refused_text = "eleven";
    return store.running_now() == 0;
  });
  EXPECT_EQ(store.running_now(), 0);
  EXPECT_EQ(model.questions.size(), 1u);
}

TEST_F(deliberation_runner, news_that_the_store_refuses_is_dropped_and_nothing_is_paid_for_twice) {
  state.faults.tellings_are_refused = true;
  const std::string id = add();
  work_to_the_end();
  EXPECT_EQ(get(id).status(), DeliberationStatus::completed);
  EXPECT_EQ(model.questions.size(), 3u);
}

TEST_F(deliberation_runner, a_deliberation_whose_records_the_store_refuses_fails_at_once_as_nobody_could_count_its_calls) {
  state.faults.records_are_refused = true;
  const std::string id = add();
  work_to_the_end();
  EXPECT_EQ(get(id).status(), DeliberationStatus::failed);
  EXPECT_EQ(get(id).end->error, "internal error: the record of a call could not be stored");
  EXPECT_EQ(model.questions.size(), 3u);
}

TEST_F(deliberation_runner, answers_have_a_bound_together_and_are_paid_for_all_the_same) {
  model.says = [](const ModelQuestion&) -> Result<ModelAnswer> {
    return ModelAnswer{.text = std::string(1000, 'x'), .reasoning = "y", .usage = {.in = 10, .out = 2}};
  };
  const std::string id = add(preset_plan("independent", {}).value(), 5);
  work([&] { return store.running_now() == 0; }, {.answer_bytes_of_one_max = 3100});
  EXPECT_EQ(outcomes(id), "succeeded succeeded succeeded failed failed ");
  const FinishedCall last = ok(store.calls(id)).at(4);
  EXPECT_EQ(last.text, "the answers of this deliberation hold more than 3100 bytes together");
  EXPECT_EQ(last.reasoning, "");
  EXPECT_EQ(get(id).status(), DeliberationStatus::completed);
  EXPECT_EQ(get(id).spent.usage, (TokenUsage{.in = 50, .out = 10}));
  EXPECT_TRUE(replay(recorded(id))->is_same());
}

TEST_F(deliberation_runner, what_was_answered_before_a_restart_counts) {
  model.says = [](const ModelQuestion&) -> Result<ModelAnswer> { return ModelAnswer{.text = std::string(1000, 'x')}; };
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n <= 2 ? 0ms : 100'000ms; };
  const std::string id = add(preset_plan("independent", {}).value(), 4);
  work([&] { return store.calls_now(id) == 2; }, {.answer_bytes_of_one_max = 3100});
  model.takes = [](const ModelQuestion&) { return 0ms; };
  work([&] { return store.running_now() == 0; }, {.answer_bytes_of_one_max = 3100});
  EXPECT_EQ(outcomes(id), "succeeded succeeded succeeded failed ");
}

TEST_F(deliberation_runner, answers_of_all_have_a_bound_together_which_leaves_each_its_own) {
  model.says = [n = 0](const ModelQuestion&) mutable -> Result<ModelAnswer> {
    ++n;
    return ModelAnswer{.text = std::string(n == 1 ? 2000 : n <= 3 ? 500 : 100, 'x')};
  };
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n % 2 == 1 ? n * 10ms : 1000ms + n * 10ms; };
  const std::string large = add(preset_plan("independent", {}).value(), 2);
  const std::string other = add(preset_plan("independent", {}).value(), 2);
  std::size_t held = 0;
  std::uint64_t refused = 0;
  work(
      [&] {
        held = std::max(held, runner->answers().bytes);
        refused = runner->answers().refused;
        return store.running_now() == 0;
      },
      {.answer_bytes_max = 2100, .answer_bytes_of_one_own = 300});
  EXPECT_EQ(outcomes(large), "succeeded failed ") << "500 of which there is no room beside 2000";
  EXPECT_EQ(outcomes(other), "failed succeeded ") << "100 are its own";
  EXPECT_EQ(ok(store.calls(other)).at(0).text, "the answers of all deliberations that run here hold more than 2100 bytes together");
  EXPECT_EQ(refused, 2u);
  EXPECT_GE(held, 2000u);
  EXPECT_LT(held, 2500u);
}

TEST_F(deliberation_runner, a_call_that_is_lost_ends_its_deliberation_as_failed) {
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n == 1 ? 0ms : 100'000ms; };
  model.says = [&](const ModelQuestion&) -> Result<ModelAnswer> {
    log.next_throws = true;  // when the next fault is told
    throw std::runtime_error("no memory");
  };
  const std::string id = add();
  const SteadyTime begun = clock.steady_now();
  work_to_the_end();
  EXPECT_EQ(get(id).status(), DeliberationStatus::failed);
  EXPECT_THAT(get(id).end->error, testing::HasSubstr("internal error"));
  EXPECT_LT(clock.steady_now() - begun, 5s);
  EXPECT_EQ(model.questions.size(), 3u);
  EXPECT_EQ(outcomes(id), "stopped stopped ");
  EXPECT_EQ(ok(store.calls(id)).at(0).text, "not needed: the deliberation failed");
}

TEST_F(deliberation_runner, a_call_for_which_the_others_left_no_room_is_ended_by_the_budget) {
  PlanFields plan = *preset_plan("independent", {}).value();
  plan.answer_tokens = 100;
  add(DeliberationPlan::create(plan).value());
  work_to_the_end();
  const TokenUsage most = usage_at_most({.system = model.questions.at(0).system, .user = model.questions.at(0).user}, plan.answer_tokens);
  plan.budget.tokens = 3 * (most.in + most.out);
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n == 1 ? 0ms : 1'000ms; };
  model.says = [&, n = 0](const ModelQuestion&) mutable -> Result<ModelAnswer> {
    return ModelAnswer{.text = "eleven", .usage = {.in = ++n == 1 ? *plan.budget.tokens / 2 : 1, .out = 1}};
  };
  const std::string id = add(DeliberationPlan::create(plan).value());
  work_to_the_end();
  EXPECT_EQ(outcomes(id), "succeeded stopped succeeded ");
  EXPECT_EQ(ok(store.calls(id)).at(1).text, "budget: what the other calls used left no room for it");
  EXPECT_TRUE(replay(recorded(id))->is_same());
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

TEST_F(deliberation_runner, a_budget_of_seconds_ends_it_before_its_time) {
  PlanFields plan = *preset_plan("independent", {}).value();
  plan.budget.time = 5s;
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n == 1 ? 0ms : 3'600'000ms; };
  const std::string id = add(DeliberationPlan::create(plan).value());
  const SteadyTime begun = clock.steady_now();
  work_to_the_end();
  EXPECT_EQ(outcomes(id), "succeeded timed_out timed_out ");
  EXPECT_EQ(get(id).end->cut, CutShort::by_time);
  EXPECT_EQ(model.stopped, 2);
  EXPECT_GE(clock.steady_now() - begun, 5s);
  EXPECT_LE(clock.steady_now() - begun, 6s);
  EXPECT_LE(model.questions.at(0).time_max, 5s);
  EXPECT_TRUE(replay(recorded(id))->is_same());
}

TEST_F(deliberation_runner, one_whose_time_passed_while_nobody_ran_it_ends_at_once) {  // O16, R18
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n == 1 ? 0ms : 3'600'000ms; };
  const std::string id = add();
  work([&] { return model.open == 2 && store.calls_now(id) == 1; });
  EXPECT_EQ(get(id).status(), DeliberationStatus::running);
  const std::size_t asked = model.questions.size();
  clock.advance(400s);
  const SteadyTime begun = clock.steady_now();
  work_to_the_end();
  EXPECT_EQ(model.questions.size(), asked) << "no new call";
  EXPECT_LE(clock.steady_now() - begun, 1s);
  EXPECT_EQ(get(id).end->cut, CutShort::by_time);
  EXPECT_EQ(get(id).status(), DeliberationStatus::completed) << "by the answer that there was";
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

}  // namespace
}  // namespace orc
