#include "domain/deliberation/deliberation_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/deliberation/deliberation_script.h"
#include "domain/deliberation/presets.h"
#include "domain/deliberation/prompt.h"

namespace orc {
namespace {

using Script = DeliberationScript;
using testing::HasSubstr;

TEST(cut_short, by_cancel_nothing_is_compared_any_more) {
  Script script(2, preset("independent"));
  DeliberationProgress progress(script.request, script.plan, DeliberationProgress::Scoring::by_and_by);
  for (const CallName name : std::vector(progress.wanted())) progress.apply(Script::success(name, "a"));
  ASSERT_TRUE(progress.is_scoring());
  progress.cut_short(CutShort::by_cancel);
  EXPECT_FALSE(progress.is_scoring());
  EXPECT_EQ(progress.end()->status, DeliberationStatus::cancelled);
}

TEST(stages, a_quorum_that_is_missed_fails_or_skips_as_the_plan_says) {
  const auto says = [](CallName name) { return name.stage == 0 || name.agent == 0 ? Script::success(name, "one") : Script::failure(name); };
  for (const OnError on_error : {OnError::fail, OnError::skip_stage}) {
    Script script(3, plan_of({{.kind = StageKind::propose}, {.kind = StageKind::exchange, .quorum = 2, .on_error = on_error}}));
    const auto end = script.play(says);
    EXPECT_EQ(end.status, on_error == OnError::fail ? DeliberationStatus::failed : DeliberationStatus::completed);
    if (on_error == OnError::fail) EXPECT_THAT(end.error, HasSubstr("exchange"));
  }
}

TEST(stages, critique_and_revise_show_each_agent_what_it_needs) {
  Script script(2, plan_of({{.kind = StageKind::propose},
                            {.kind = StageKind::critique},
                            {.kind = StageKind::revise},
                            {.kind = StageKind::aggregate, .agents = {"b"}}}));
  DeliberationProgress progress(script.request, script.plan);
  const auto answer_all = [&](const std::string& text) {
    const auto wanted = progress.wanted();
    for (const CallName name : wanted) progress.apply(Script::success(name, text + std::to_string(name.agent)));
  };
  answer_all("proposal");
  EXPECT_THAT(progress.prompt_for(progress.wanted()[0]).user, testing::AllOf(HasSubstr("> proposal0"), HasSubstr("> proposal1")));
  answer_all("remark");
  EXPECT_THAT(progress.prompt_for(progress.wanted()[0]).user,
              testing::AllOf(HasSubstr("> remark0"), HasSubstr("> remark1"), HasSubstr("(Answer A):\n\n> proposal0"),
                             testing::Not(HasSubstr("> proposal1"))));
  answer_all("revision");
  EXPECT_THAT(progress.prompt_for(progress.wanted().at(0)).user, testing::AllOf(HasSubstr("> revision0"), HasSubstr("> revision1")));
  answer_all("all in all");
  EXPECT_EQ((*progress.end()->decision)->proposal, "all in all1");
}

TEST(budget, calls_beyond_it_are_refused_before_they_are_made) {
  Script script(5, plan_of({{.kind = StageKind::propose}, {.kind = StageKind::exchange}}, {.calls = 3}));
  const auto end = script.play(lines({"a", "b", "c", "d", "e"}));
  EXPECT_EQ(script.record.size(), 3u);
  EXPECT_EQ(end.status, DeliberationStatus::failed);
  EXPECT_EQ(
      end.error,
      "budget: it had no room for the calls of stage 1 (exchange); 3 calls were made, and calls is 3; it had 0 of the answers that it "
      "needs (1)");
}

TEST(budget, what_it_lacked_is_told_with_what_a_call_sets_aside) {
  const auto error_with = [](const Budget& budget) {
    PlanFields fields{.preset = "custom", .stages = {{.quorum = 3}}, .budget = budget, .prices = {{"m", {.in = 1'000'000}}}};
    Script script(3, DeliberationPlan::create(std::move(fields)).value());
    return script
        .play([](CallName name) {
          FinishedCall call = Script::success(name, "a");
          call.cost_micros = 15;
          return call;
        })
        .error;
  };
  const std::size_t in = prompt_bytes_of(StageKind::propose, Script::request_for(1), Script::request_for(1)->agents[0], {}, {}) + 64;
  const std::string aside = std::to_string(2048 + in);
  const std::string most = "2048 tokens of answer (max_tokens) and " + std::to_string(in) + " of prompt, a token a byte; it had 2 of the ";
  EXPECT_THAT(error_with({.tokens = 2048 + static_cast<std::int64_t>(in) + 20}),
              AllOf(HasSubstr("2 calls were made, and of tokens (" + std::to_string(2068 + in) + ") " + std::to_string(2038 + in) +
                              " are left, and one more call may use " + aside + ": " + most),
                    HasSubstr("answers that it needs (3)")));
  EXPECT_THAT(error_with({.cost_micros = static_cast<std::int64_t>(in) + 15}),
              HasSubstr("is left, and one more call may cost 0.000" + std::to_string(in) + ": " + most));
}

TEST(stages, one_that_was_skipped_is_told_with_the_decision) {
  Script script(2, plan_of({{}, {.kind = StageKind::aggregate, .on_error = OnError::skip_stage}, {.kind = StageKind::score}}));
  const auto end = script.play([](CallName name) { return name.stage == 0 ? Script::success(name, "a") : Script::failure(name); });
  EXPECT_EQ((*end.decision)->proposal, "a");
  EXPECT_EQ((*end.decision)->metadata.at("skipped"), "stage 1 (aggregate) had 0 successful calls; it needs 1: it broke");
}

TEST(stages, without_a_proposal_nobody_is_asked_about_any) {
  for (const StageKind kind :
       {StageKind::exchange, StageKind::critique, StageKind::revise, StageKind::vote, StageKind::verify, StageKind::aggregate}) {
    const Stage first{.on_error = OnError::skip_stage};
    const Stage second{.kind = kind, .rule = VoteRule::ranked, .plugin = kind == StageKind::verify ? "judge" : ""};
    Script script(2, plan_of({first, second}));
    const auto end = script.play([](CallName name) { return Script::failure(name); });
    EXPECT_EQ(script.record.size(), 2u) << to_word(kind);
    EXPECT_EQ(end.error, "all agents failed: it broke") << to_word(kind);
  }
}

TEST(budget, what_came_before_it_was_reached_is_decided_upon) {
  Script script(5, plan_of({{.kind = StageKind::propose}, {.kind = StageKind::score}}, {.calls = 3}));
  const auto end = script.play(lines({"a", "b", "b", "d", "e"}));
  EXPECT_EQ((*end.decision)->proposal, "b");
  EXPECT_EQ((*end.decision)->metadata.at("budget"), "reached");
  EXPECT_EQ((*end.decision)->metadata.at("failed_agents"), "2");
}

// 4,000 tokens have room for one call at a time, as each may use every byte of its prompt and 2,048 more; each uses 15.
TEST(budget, calls_that_waited_for_room_and_were_made_are_no_budget_that_was_reached) {
  Script script(3, plan_of({{.kind = StageKind::propose}, {.kind = StageKind::score}}, {.tokens = 4'000}));
  const auto end = script.play(lines({"a", "b", "b"}));
  EXPECT_EQ(script.record.size(), 3u);
  EXPECT_FALSE((*end.decision)->metadata.contains("budget"));
}

TEST(budget, agents_that_a_decided_vote_did_not_ask_have_not_failed) {
  PlanFields fields = *preset("vote");
  fields.budget.tokens = 4'000;
  Script script(5, DeliberationPlan::create(fields).value());
  const auto end = script.play(lines({"a", "a", "a", "b", "b"}));
  EXPECT_EQ(script.record.size(), 3u);
  EXPECT_EQ((*end.decision)->metadata.at("failed_agents"), "0");
  EXPECT_FALSE((*end.decision)->metadata.contains("budget"));
}

TEST(budget, a_later_stage_that_fails_of_its_calls_does_not_blame_an_earlier_one) {
  Script script(3, plan_of({{.kind = StageKind::propose}, {.kind = StageKind::aggregate}}, {.tokens = 3'400}));
  const auto end = script.play([](CallName name) { return name.stage == 0 ? Script::success(name, "a") : Script::failure(name); });
  EXPECT_EQ(script.record.size(), 4u);
  EXPECT_EQ(end.error, "stage 1 (aggregate) had 0 successful calls; it needs 1: it broke");
}

TEST(cut_short, by_time_it_decides_by_what_there_is) {
  Script script(3, preset("independent"));
  DeliberationProgress progress(script.request, script.plan);
  progress.apply(Script::success(progress.wanted()[1], "b"));
  progress.cut_short(CutShort::by_time);
  ASSERT_TRUE(progress.end());
  EXPECT_EQ((*progress.end()->decision)->proposal, "b");
  EXPECT_EQ((*progress.end()->decision)->metadata.at("failed_agents"), "2");
  EXPECT_TRUE(progress.wanted().empty());
}

TEST(cut_short, by_time_with_nothing_it_fails) {
  Script script(3, preset("independent"));
  DeliberationProgress progress(script.request, script.plan);
  progress.cut_short(CutShort::by_time);
  EXPECT_EQ(progress.end()->status, DeliberationStatus::failed);
  EXPECT_THAT(progress.end()->error, HasSubstr("timeout"));
}

TEST(cut_short, by_cancel_it_is_cancelled) {
  Script script(3, preset("independent"));
  DeliberationProgress progress(script.request, script.plan);
  progress.cut_short(CutShort::by_cancel);
  EXPECT_EQ(progress.end()->status, DeliberationStatus::cancelled);
}

TEST(cut_short, a_cancel_stands_over_what_the_calls_had_decided) {
  Script script(1, preset("independent"));
  DeliberationProgress progress(script.request, script.plan);
  progress.apply(Script::success(progress.wanted()[0], "a"));
  ASSERT_TRUE(progress.end());
  progress.cut_short(CutShort::by_cancel);
  EXPECT_EQ(progress.end()->status, DeliberationStatus::cancelled);
}

TEST(record, the_first_call_that_was_hung_up_on_for_time_or_a_cancel_cuts_it_short) {
  for (const CallOutcome outcome : {CallOutcome::timed_out, CallOutcome::cancelled}) {
    Script script(3, plan_of({{.kind = StageKind::propose}, {.kind = StageKind::exchange, .on_error = OnError::skip_stage}}));
    DeliberationProgress progress(script.request, script.plan);
    const auto wanted = progress.wanted();
    progress.apply(Script::success(wanted[0], "a"));
    for (const CallName name : {wanted[1], wanted[2]})
      progress.apply({.name = name, .outcome = outcome, .text = "too late", .answer = {}, .score = {}});
    ASSERT_TRUE(progress.end());
    EXPECT_EQ(progress.spent().calls, 3);
    if (outcome == CallOutcome::timed_out) {
      EXPECT_EQ(progress.end()->cut, CutShort::by_time);
      EXPECT_EQ((*progress.end()->decision)->metadata.at("failed_agents"), "2");
      EXPECT_EQ((*progress.end()->decision)->metadata.at("timeout"), "reached");
    } else {
      EXPECT_EQ(progress.end()->status, DeliberationStatus::cancelled);
    }
  }
}

TEST(record, a_call_that_was_hung_up_on_leaves_less_room_for_those_of_the_next_stage) {
  Script script(3, plan_of({{.kind = StageKind::propose, .stop = EarlyStop::safe_lead}, {.kind = StageKind::exchange}}, {.calls = 4}));
  DeliberationProgress progress(script.request, script.plan);
  const auto wanted = progress.wanted();
  for (const std::size_t i : {0, 1}) progress.apply(Script::success(wanted[i], "a"));
  EXPECT_EQ(progress.wanted().size(), 2u);
  progress.apply({.name = wanted[2], .outcome = CallOutcome::stopped, .text = "not needed", .answer = {}, .score = {}});
  ASSERT_EQ(progress.wanted().size(), 1u);
  progress.apply(Script::success(progress.wanted()[0], "a"));
  ASSERT_TRUE(progress.end());
  EXPECT_EQ(progress.spent().calls, 4);
}

TEST(record, a_call_that_comes_too_late_is_counted_only) {
  Script script(5, preset("vote"));
  DeliberationProgress progress(script.request, script.plan);
  const auto wanted = progress.wanted();
  for (int i = 0; i < 3; ++i) progress.apply(Script::success(wanted[static_cast<std::size_t>(i)], "a"));
  const auto end = progress.end();
  ASSERT_TRUE(end);
  progress.apply(Script::success(wanted[4], "b"));
  EXPECT_EQ(progress.end(), end);
  EXPECT_EQ(progress.spent().calls, 4);
}

TEST(deliberation_progress, how_a_model_came_to_its_answer_is_told_with_it) {
  const DeliberationPlan plan = preset_plan("independent", {}).value();
  DeliberationScript script(2, plan);
  const DeliberationEnd end = script.play([](CallName name) {
    FinishedCall call = DeliberationScript::success(name, "eleven");
    call.reasoning = "thought of agent " + std::to_string(name.agent);
    return call;
  });
  EXPECT_EQ((*end.decision)->reasoning, "thought of agent 0");
  EXPECT_EQ((*end.together)->results.at(1)->reasoning, "thought of agent 1");
}

}  // namespace
}  // namespace orc
