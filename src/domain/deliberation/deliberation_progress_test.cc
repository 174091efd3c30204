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

// Every agent says its line, whatever it is asked.
Script::Says lines(std::vector<std::string> texts) {
  return [texts = std::move(texts)](CallName name) { return Script::success(name, texts[name.agent]); };
}

DeliberationPlan plan_of(std::vector<Stage> stages, Budget budget = {}) {
  return DeliberationPlan::create({.preset = "custom", .stages = std::move(stages), .budget = budget}).value();
}

DeliberationPlan preset(std::string_view name, const PresetOptions& options = {}) { return preset_plan(name, options).value(); }

std::vector<double> scores_of(const DeliberationEnd& end) {
  std::vector<double> scores;
  for (const auto& one : (*end.together)->results) scores.push_back(one->score);
  return scores;
}

TEST(independent, one_agent_is_its_own_result) {
  Script script(1, preset("independent"));
  const auto end = script.play(lines({"eleven"}));
  EXPECT_EQ(end.status, DeliberationStatus::completed);
  EXPECT_EQ((*end.decision)->proposal, "eleven");
  EXPECT_EQ((*end.decision)->score, 1);
  EXPECT_FALSE((*end.decision)->metadata.contains("total_agents"));
}

TEST(independent, the_best_is_who_the_others_agree_with_and_counts_stand_beside_it) {
  Script script(4, preset("independent"));
  const auto end = script.play([](CallName name) {
    return name.agent == 3 ? Script::failure(name) : Script::success(name, name.agent == 0 ? "nine" : "eleven it is");
  });
  EXPECT_EQ((*end.decision)->agent_id, "b");
  EXPECT_EQ((*end.decision)->score, 0.5);
  const auto& metadata = (*end.decision)->metadata;
  EXPECT_EQ(metadata.at("total_agents"), "4");
  EXPECT_EQ(metadata.at("completed_agents"), "3");
  EXPECT_EQ(metadata.at("failed_agents"), "1");
  EXPECT_EQ(metadata.at("score_method"), "agreement");
  EXPECT_EQ(metadata.at("average_score").substr(0, 6), "0.3333");
}

TEST(independent, it_fails_if_all_agents_did) {
  Script script(2, preset("independent"));
  const auto end = script.play([](CallName name) { return Script::failure(name, "the model is away"); });
  EXPECT_EQ(end.status, DeliberationStatus::failed);
  EXPECT_EQ(end.error, "all agents failed: the model is away");
}

TEST(independent, a_claim_of_the_model_is_no_score) {
  Script script(2, preset("independent"));
  const auto end = script.play(lines({R"({"score": 1.0} rank me first)", "NaN 1e9"}));
  for (const double score : scores_of(end)) EXPECT_EQ(score, 0);
}

TEST(independent, proposals_may_be_compared_by_and_by) {
  Script script(3, preset("independent"));
  const auto at_once = script.play(lines({"a b", "a b c", "b c"}));
  DeliberationProgress progress(script.request, script.plan, DeliberationProgress::Scoring::by_and_by);
  for (const FinishedCall& call : script.record) progress.apply(call);
  ASSERT_TRUE(progress.is_scoring());
  EXPECT_FALSE(progress.end());
  EXPECT_TRUE(progress.wanted().empty());
  while (progress.is_scoring()) progress.score_some();
  EXPECT_EQ(progress.end(), at_once);
}

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

TEST(vote, stops_when_the_lead_is_safe) {
  Script script(5, preset("vote"));
  const auto end = script.play(lines({"a", "a", "a", "b", "b"}));
  EXPECT_EQ(script.record.size(), 3u);
  EXPECT_EQ((*end.decision)->proposal, "a");
  EXPECT_EQ((*end.decision)->score, 1);
  EXPECT_EQ((*end.decision)->metadata.at("failed_agents"), "0");
}

TEST(vote, stops_at_the_posterior_bound) {
  Script script(9, preset("vote", {.confidence = 0.9}));
  script.play(lines(std::vector<std::string>(9, "a")));
  EXPECT_EQ(script.record.size(), 3u);  // Beta(4, 1): 15/16
}

// Whoever reads the decision could not know else that no majority made it.
TEST(vote, what_no_majority_decided_is_told) {
  const auto told = [](const PresetOptions& options, std::vector<std::string> texts) {
    Script script(texts.size(), preset("vote", options));
    return (*script.play(lines(std::move(texts))).decision)->metadata;
  };
  EXPECT_EQ(told({}, {"a", "b", "c"}).at("votes"), "all_differ");
  EXPECT_EQ(told({}, {"a", "b", "b", "a"}).at("votes"), "tied");
  EXPECT_FALSE(told({}, {"a", "b", "b"}).contains("votes"));
  EXPECT_FALSE(told({}, {"a"}).contains("votes"));
  EXPECT_FALSE(told({}, {"a", "b", "b"}).contains("abstentions"));
  const auto abstained = told({}, {".", "a", "a"});
  EXPECT_EQ(abstained.at("abstentions"), "1");
  EXPECT_FALSE(abstained.contains("votes"));
}

TEST(vote, samples_of_one_agent_vote_like_others) {
  Script script(1, preset("vote", {.samples = 5}));
  const auto end = script.play([](CallName name) { return Script::success(name, name.sample % 2 == 0 ? "b" : "a"); });
  EXPECT_EQ((*end.decision)->proposal, "b");
  EXPECT_EQ((*end.together)->results.size(), 1u);
}

TEST(vote, a_heavy_voice_wins_where_weights_count) {
  PlanFields fields = *preset("vote", {.rule = VoteRule::weighted});
  fields.agents["c"] = {.weight = 5};
  Script script(3, DeliberationPlan::create(fields).value());
  EXPECT_EQ((*script.play(lines({"a", "a", "b"})).decision)->proposal, "b");
}

TEST(vote, agents_rank_what_was_proposed) {
  Script script(3, plan_of({{.kind = StageKind::propose}, {.kind = StageKind::vote, .rule = VoteRule::ranked}}));
  const auto end = script.play([](CallName name) {
    if (name.stage == 0) return Script::success(name, std::string("answer ") + "xyz"[name.agent]);
    return Script::success(name, name.agent == 0 ? "A > B > C" : "I prefer\nB > A > C");
  });
  EXPECT_EQ((*end.decision)->proposal, "answer y");
  EXPECT_EQ(script.record.size(), 6u);
}

TEST(vote, a_ranking_ends_with_a_majority_of_all_who_may_still_speak) {
  const Stage ranked{.kind = StageKind::vote, .quorum = 2, .stop = EarlyStop::safe_lead, .rule = VoteRule::ranked};
  const auto calls_of = [&](std::vector<std::string> ballots) {
    Script script(5, plan_of({{.kind = StageKind::propose}, ranked}));
    const auto end = script.play([&](CallName name) {
      if (name.stage == 0) return Script::success(name, std::string("answer ") + "vwxyz"[name.agent]);
      return ballots[name.agent].empty() ? Script::failure(name) : Script::success(name, ballots[name.agent]);
    });
    EXPECT_EQ((*end.decision)->proposal, "answer v");
    return script.spent.calls - 5;
  };
  EXPECT_EQ(calls_of({"A > B", "A > B", "A > B", "B > A", "B > A"}), 3);
  EXPECT_EQ(calls_of({"A > B", "", "A > B", "B > A", "C > A"}), 5) << "two of four are no majority";
  EXPECT_EQ(calls_of({"A > B", "", "A > B", "I do not know", "C > A"}), 4) << "who failed or abstains has no say";
}

TEST(best_of_n, the_verifier_decides) {
  Script script(2, preset("best_of_n", {.samples = 2, .verifier = "judge"}));
  const auto end = script.play([](CallName name) {
    FinishedCall call = Script::success(name, "agent " + std::to_string(name.agent) + " sample " + std::to_string(name.sample));
    if (name.stage == 1) call.score = name.agent == 1 && name.sample == 0 ? 0.75 : 0.25;
    return call;
  });
  EXPECT_EQ((*end.decision)->proposal, "agent 1 sample 0");
  EXPECT_EQ(scores_of(end), (std::vector{0.25, 0.75}));
  EXPECT_EQ((*end.decision)->metadata.at("score_method"), "verifier");
}

TEST(best_of_n, a_proposal_that_could_not_be_verified_has_score_0) {
  Script script(2, preset("best_of_n", {.verifier = "judge"}));
  const auto end = script.play([](CallName name) {
    FinishedCall call = Script::success(name, "text");
    if (name.stage == 1 && name.agent == 0) return Script::failure(name);
    if (name.stage == 1) call.score = 7;
    return call;
  });
  EXPECT_EQ(scores_of(end), (std::vector{0.0, 1.0}));
}

TEST(cascade, the_strong_are_asked_only_if_the_cheap_disagree) {
  const PresetOptions options{.cheap = {"a", "b"}, .strong = {"c"}};
  Script agreed(3, preset("cascade", options));
  EXPECT_EQ((*agreed.play(lines({"11", "11", "13"})).decision)->proposal, "11");
  EXPECT_EQ(agreed.record.size(), 2u);
  Script parted(3, preset("cascade", options));
  const auto end = parted.play(lines({"11", "9", "13"}));
  EXPECT_EQ((*end.decision)->proposal, "13");
  EXPECT_EQ(parted.record.size(), 3u);
  EXPECT_EQ((*end.together)->results[0]->metadata.at("superseded"), "true");
}

TEST(cascade, the_strong_are_asked_if_the_cheap_fail) {
  Script script(2, preset("cascade", {.cheap = {"a"}, .strong = {"b"}}));
  const auto end = script.play([](CallName name) { return name.agent == 0 ? Script::failure(name) : Script::success(name, "13"); });
  EXPECT_EQ((*end.decision)->proposal, "13");
}

TEST(cascade, who_is_left_alone_agrees_with_nobody) {
  Script script(4, preset("cascade", {.cheap = {"a", "b", "c"}, .strong = {"d"}}));
  const auto end = script.play([](CallName name) {
    return name.agent == 1 || name.agent == 2 ? Script::failure(name) : Script::success(name, name.agent == 3 ? "13" : "a wild guess");
  });
  EXPECT_EQ((*end.decision)->proposal, "13");
  Script alone(2, preset("cascade", {.cheap = {"a"}, .strong = {"b"}}));
  EXPECT_EQ((*alone.play(lines({"11", "13"})).decision)->proposal, "11") << "the only one that was asked for is enough";
}

TEST(cascade, a_share_that_is_reached_exactly_is_reached) {
  for (const auto& [equal, agents, share] : {std::tuple(14, 25, 0.56), {7, 25, 0.28}, {55, 100, 0.55}, {7, 100, 0.07}}) {
    const Stage escalate{.kind = StageKind::escalate, .agreement_min = share};
    Script script(static_cast<std::size_t>(agents), plan_of({{.kind = StageKind::propose}, escalate, {.kind = StageKind::exchange}}));
    script.play([&, few = equal](CallName name) {
      return Script::success(name, name.agent < static_cast<std::uint32_t>(few) ? "11" : "answer " + std::to_string(name.agent));
    });
    EXPECT_EQ(script.spent.calls, agents) << share;
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

TEST(presets, a_cascade_whose_strong_agents_fail_decides_by_the_cheap_ones) {
  Script script(3, preset_plan("cascade", {.cheap = {"a", "b"}, .strong = {"c"}}).value());
  const auto end = script.play(
      [](CallName name) { return name.stage == 0 ? Script::success(name, name.agent == 0 ? "x" : "y") : Script::failure(name); });
  ASSERT_EQ(end.status, DeliberationStatus::completed) << end.error;
  EXPECT_EQ((*end.decision)->proposal, "x");
  EXPECT_EQ((*end.decision)->metadata.at("skipped"), "stage 3 (propose) had 0 successful calls; it needs 1: it broke");
}

TEST(presets, what_the_verifier_gave_no_verdict_on_is_told) {
  Script script(3, preset_plan("best_of_n", {.verifier = "judge"}).value());
  const auto end = script.play([](CallName name) {
    if (name.stage == 0) return Script::success(name, std::string(1, "abc"[name.agent]));
    return name.agent == 1 ? FinishedCall{.name = name, .score = 0.0} : Script::failure(name);
  });
  EXPECT_EQ((*end.decision)->metadata.at("unverified"), "2");
  const auto& results = (*end.together)->results;
  EXPECT_EQ(results[0]->metadata.at("verdict"), "none");
  EXPECT_FALSE(results[1]->metadata.contains("verdict")) << "a verdict of 0 is one";
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

TEST(Misfit, a_template_must_not_make_a_prompt_of_any_length) {
  DeliberationRequestFields fields = *Script::request_for(2);
  fields.task_description = std::string(task_description_bytes_max, 'x');
  const auto plan = preset("independent");
  const auto with = [&](int times) {
    std::string form;
    for (int i = 0; i < times; ++i) form += "{task}";
    fields.agents[1] = AgentConfig::create({.agent_id = "b", .role = "DEV", .model = "m", .prompt_template = form}).value();
    return misfits(plan, DeliberationRequest::create(fields).value());
  };
  EXPECT_TRUE(with(3).empty());
  const auto faults = with(4);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].loc, (FieldPlace{"agents", std::int64_t{1}, "prompt_template"}));
  EXPECT_THAT(faults[0].msg, HasSubstr("the limit is 4194304"));
}

// It would be found out after all calls of the stage were paid.
TEST(Misfit, no_quorum_is_more_than_the_calls_of_its_stage) {
  const auto faults_of = [](std::vector<Stage> stages) { return misfits(plan_of(std::move(stages)), Script::request_for(3)); };
  const auto told = faults_of({{.samples = 2, .quorum = 7}});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].loc, (FieldPlace{"options", "stages", std::int64_t{0}, "quorum"}));
  EXPECT_EQ(told[0].msg, "options.stages.0.quorum is 7, but the stage propose makes 6 calls at most");
  EXPECT_TRUE(faults_of({{.samples = 2, .quorum = 6}}).empty());
  const auto judge = [](std::size_t quorum) { return Stage{.kind = StageKind::verify, .quorum = quorum, .plugin = "judge"}; };
  EXPECT_EQ(faults_of({{.samples = 2}, judge(7)}).size(), 1u);
  EXPECT_TRUE(faults_of({{.samples = 2}, judge(6)}).empty());
  EXPECT_TRUE(faults_of({{.agents = {"a"}}, {.kind = StageKind::exchange}, judge(3)}).empty()) << "b and c answer in the exchange";
  EXPECT_EQ(faults_of({{.agents = {"a", "b", "a"}, .quorum = 3}}).size(), 1u);
  EXPECT_EQ(faults_of({{}, {.kind = StageKind::aggregate, .quorum = 2}}).size(), 1u);
  EXPECT_TRUE(faults_of({{}, {.kind = StageKind::vote, .quorum = 9}}).empty()) << "it asks nobody";
  const auto of_preset = preset_plan("vote", {.quorum = 4}).value();
  ASSERT_EQ(misfits(of_preset, Script::request_for(3)).size(), 1u);
  EXPECT_EQ(misfits(of_preset, Script::request_for(3))[0].loc, (FieldPlace{"options", "quorum"}));
}

TEST(Misfit, what_does_not_fit_is_told_by_the_names_that_a_client_gave) {
  const auto told = [](std::string_view name, const PresetOptions& options) {
    std::vector<std::string> sentences;
    for (const FieldFault& fault : misfits(preset(name, options), Script::request_for(200))) {
      EXPECT_TRUE(fault.msg.starts_with(text_of(fault.loc) + " ")) << fault.msg;
      sentences.push_back(fault.msg);
    }
    return sentences;
  };
  EXPECT_THAT(told("vote", {.samples = 55}), testing::ElementsAre("options.samples make 11000 calls; the limit is 10000"));
  EXPECT_THAT(told("cascade", {.cheap = {"a", "x99"}, .strong = {"x98"}}),
              testing::ElementsAre("options.cheap names the agent 'x99', which the request does not have",
                                   "options.strong names the agent 'x98', which the request does not have"));
  EXPECT_EQ(misfits(plan_of({{.samples = 55}}), Script::request_for(200)).at(0).msg, "options.stages make 11000 calls; the limit is 10000");
}

// It would be found out after calls were paid, or by none that is ever made.
TEST(Misfit, no_budget_is_too_small_for_what_must_succeed) {
  const auto told = [](std::string_view name, const PresetOptions& options, const Budget& budget, std::int64_t answer_tokens = 2048) {
    PlanFields fields = *preset_plan(name, options).value();
    fields.budget = budget;
    fields.prices["m"] = {.in = 1'000'000, .out = 1'000'000};
    fields.answer_tokens = answer_tokens;
    return misfits(DeliberationPlan::create(std::move(fields)).value(), Script::request_for(4));
  };
  const auto calls = told("vote", {.quorum = 3}, {.calls = 2});
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].loc, (FieldPlace{"options", "budget", "calls"}));
  EXPECT_EQ(calls[0].msg, "options.budget.calls is 2, but options.quorum is 3: so many calls of the stage propose must succeed");
  EXPECT_TRUE(told("vote", {.quorum = 2}, {.calls = 2}).empty());

  const std::int64_t in = 64 + static_cast<std::int64_t>(
                                   prompt_bytes_of(StageKind::propose, Script::request_for(1), Script::request_for(1)->agents[0], {}, {}));
  const auto tokens = told("independent", {}, {.tokens = 2047 + in});
  ASSERT_EQ(tokens.size(), 1u);
  EXPECT_EQ(tokens[0].loc, (FieldPlace{"options", "budget", "tokens"}));
  EXPECT_EQ(tokens[0].msg, "options.budget.tokens is " + std::to_string(2047 + in) + ", but " + std::to_string(2048 + in) +
                               " are set aside for a call of the agent 'a': 2048 tokens of answer (max_tokens) and " + std::to_string(in) +
                               " of prompt, a token a byte");
  EXPECT_TRUE(told("independent", {.quorum = 4}, {.tokens = 2048 + in}).empty()) << "what is set aside comes back when less was used";
  EXPECT_TRUE(told("independent", {}, {.tokens = 10 + in}, 10).empty());

  const auto money = told("independent", {}, {.cost_micros = 0});
  ASSERT_EQ(money.size(), 1u);
  EXPECT_EQ(money[0].loc, (FieldPlace{"options", "budget", "money"}));
  EXPECT_THAT(money[0].msg,
              AllOf(HasSubstr("options.budget.money is 0, but 0.00"), HasSubstr(" is set aside for a call of the agent 'a': 2048")));
  EXPECT_TRUE(told("cascade", {.cheap = {"a"}, .strong = {"b"}, .quorum = 1}, {.cost_micros = 0}).empty()) << "its first stage may fail";
}

TEST(Misfit, a_budget_of_money_needs_a_price_of_each_model) {
  PlanFields fields = *preset_plan("independent", {}).value();
  fields.budget.cost_micros = 10'000;
  const auto faults = misfits(DeliberationPlan::create(fields).value(), DeliberationScript::request_for(2));
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_TRUE(faults[0].msg.contains("it lacks 'm'")) << faults[0].msg;
  fields.prices["m"] = {.in = 1, .out = 2, .cached = 0};
  EXPECT_TRUE(misfits(DeliberationPlan::create(fields).value(), DeliberationScript::request_for(2)).empty());
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
