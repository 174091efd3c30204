#include "domain/deliberation/deliberation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/deliberation/deliberation_script.h"
#include "domain/deliberation/execution_figures.h"
#include "domain/deliberation/presets.h"

namespace orc {
namespace {

TEST(duration_text, is_as_people_read_it) {
  struct Row {
    std::int64_t ms;
    const char* text;
  };
  for (const Row& row : {Row{0, "0s"}, Row{999, "0s"}, Row{42'000, "42s"}, Row{330'500, "5m 30s"}, Row{7'201'000, "2h 0m 1s"}})
    EXPECT_EQ(duration_text(std::chrono::milliseconds{row.ms}), row.text);
}

TEST(execution_stats, no_figure_is_negative) {
  EXPECT_TRUE(ExecutionStats::create({}));
  EXPECT_FALSE(ExecutionStats::create({.total = -1}));
  EXPECT_FALSE(ExecutionStats::create({.active = -1}));
  EXPECT_FALSE(ExecutionStats::create({.completed = -1}));
  EXPECT_FALSE(ExecutionStats::create({.failed = -1}));
  EXPECT_FALSE(ExecutionStats::create({.average_time_ms = -0.1}));
}

TEST(job_info, has_its_ids_and_no_negative_start) {
  EXPECT_TRUE(JobInfo::create({.job_id = "d", .submission_id = "d"}));
  EXPECT_FALSE(JobInfo::create({.job_id = "", .submission_id = "d"}));
  EXPECT_FALSE(JobInfo::create({.job_id = "d", .submission_id = ""}));
  EXPECT_FALSE(JobInfo::create({.job_id = "d", .submission_id = "d", .start_time_seconds = -1}));
}

TEST(deliberation_plan, a_bad_field_is_named) {
  using Spoil = void (*)(PlanFields&);
  const std::pair<const char*, Spoil> cases[] = {
      {"stages", [](auto& plan) { plan.stages.clear(); }},
      {"stages", [](auto& plan) { plan.stages.assign(33, {.kind = StageKind::propose}); }},
      {"begin with propose", [](auto& plan) { plan.stages.front().kind = StageKind::vote; }},
      {"options.stages.0.samples must be from 1 to 64, not 1000000000", [](auto& plan) { plan.stages.front().samples = 1'000'000'000; }},
      {"quorum", [](auto& plan) { plan.stages.front().quorum = 0; }},
      {"confidence", [](auto& plan) { plan.stages.front().confidence = 1.5; }},
      {"agreement_min", [](auto& plan) { plan.stages.front().agreement_min = std::numeric_limits<double>::quiet_NaN(); }},
      {"options.stages.1.plugin must name a plugin", [](auto& plan) { plan.stages.push_back({.kind = StageKind::verify}); }},
      {"options.budget.calls must be from 1 to 10000, not 0", [](auto& plan) { plan.budget.calls = 0; }},
      {"options.budget.tokens must be 1 or more, not 0", [](auto& plan) { plan.budget.tokens = 0; }},
      {"options.budget.seconds", [](auto& plan) { plan.budget.time = std::chrono::seconds{0}; }},
      {"max_tokens", [](auto& plan) { plan.answer_tokens = 1'000'000'000; }},
      {"temperature", [](auto& plan) { plan.temperature = 3; }},
      {"options.agents.a.weight must be above 0", [](auto& plan) { plan.agents["a"] = {.weight = 0}; }},
      {"prices", [](auto& plan) { plan.prices["m"] = {.in = -1}; }},
  };
  for (const auto& [name, spoil] : cases) {
    PlanFields plan{.preset = "custom", .stages = {{.kind = StageKind::propose}}};
    spoil(plan);
    const auto made = DeliberationPlan::create(std::move(plan));
    ASSERT_FALSE(made) << name;
    EXPECT_THAT(made.error().message, testing::HasSubstr(name));
  }
}

TEST(deliberation_plan, all_that_is_wrong_is_told_by_the_names_that_a_client_gave) {
  const auto told = [](PlanFields plan) {
    std::vector<std::string> sentences;
    for (const FieldFault& fault : faults_of(plan)) {
      EXPECT_TRUE(fault.msg.starts_with(text_of(fault.loc) + " ")) << fault.msg;
      sentences.push_back(fault.msg);
    }
    return sentences;
  };
  const auto vote = preset_stages("vote", {.rule = VoteRule::weighted, .confidence = 0.9}).value();
  EXPECT_THAT(told({.preset = "vote", .stages = vote}), testing::ElementsAre("options.confidence is for the rule plurality only"));
  EXPECT_THAT(told({.preset = "custom", .stages = vote, .temperature = 3}),
              testing::ElementsAre("options.stages.0.stop likely_lead is for the rule plurality only",
                                   testing::HasSubstr("options.temperature must be from 0 to 2, not 3")));
  EXPECT_THAT(
      told({.preset = "best_of_n", .stages = {{}, {.kind = StageKind::verify}}, .budget = {.calls = 0, .tokens = 0}}),
      testing::ElementsAre("options.verifier must name a plugin, which a stage verify needs",
                           "options.budget.calls must be from 1 to 10000, not 0", "options.budget.tokens must be 1 or more, not 0"));
}

TEST(presets, each_has_its_stages) {
  const PresetOptions options{.samples = 2, .verifier = "judge", .cheap = {"a"}, .strong = {"b"}};
  const std::pair<std::string_view, std::string_view> kinds[] = {{"independent", "propose score "},
                                                                 {"vote", "propose vote "},
                                                                 {"best_of_n", "propose verify "},
                                                                 {"cascade", "propose vote escalate propose vote "}};
  EXPECT_EQ(std::size(kinds), preset_names.size());
  for (const auto& [name, wanted] : kinds) {
    std::string told;
    for (const Stage& stage : preset_plan(name, options).value()->stages) told += std::string(to_word(stage.kind)) + " ";
    EXPECT_EQ(told, wanted) << name;
    EXPECT_EQ(preset_plan(name, options).value()->stages.front().samples, 2u) << name;
  }
  EXPECT_THAT(preset_plan("dance", options).error().message, testing::HasSubstr("independent, vote, best_of_n, cascade"));
  EXPECT_THAT(preset_plan("best_of_n", {}).error().message, testing::HasSubstr("verifier"));
  EXPECT_THAT(preset_plan("cascade", {.cheap = {"a"}}).error().message, testing::HasSubstr("strong"));
}

// What most propose is no vote yet, and another may be ranked above it; whom most rank first has won, whatever the last one says.
TEST(presets, a_ranked_vote_waits_for_all_proposals_and_for_a_majority_of_ballots) {
  DeliberationScript script(5, preset_plan("vote", {.rule = VoteRule::ranked}).value());
  const auto end = script.play([](CallName name) {
    if (name.stage == 0) return DeliberationScript::success(name, name.agent < 3 ? "11" : "13");
    return DeliberationScript::success(name, name.agent == 0 ? "A > B" : "B > A");
  });
  EXPECT_EQ((*end.decision)->proposal, "13");
  EXPECT_EQ(script.spent.calls, 9);
  EXPECT_FALSE((*end.decision)->metadata.contains("abstentions"));
}

TEST(stage_kind, is_known_by_its_word) {
  for (const std::string_view word : {"propose", "exchange", "critique", "revise", "score", "vote", "verify", "aggregate", "escalate"})
    EXPECT_EQ(to_word(stage_kind_from(word).value()), word);
  EXPECT_FALSE(stage_kind_from("Propose"));
}

TEST(told_decision, has_the_metadata_of_the_constraints_beside_its_own) {
  DeliberationRequestFields fields = *DeliberationScript::request_for(1);
  fields.constraints =
      TaskConstraints::create({.story_id = "s", .plan_id = "", .metadata = {{"sprint", "7"}, {"model", "theirs"}}}).value();
  DeliberationScript script(1, preset_plan("independent", {}).value());
  script.request = DeliberationRequest::create(fields).value();
  const auto end = script.play([](CallName name) { return DeliberationScript::success(name, "eleven"); });
  const Deliberation deliberation{.id = "d", .request = script.request, .plan = script.plan, .end = end};
  const auto told = told_decision(deliberation)->metadata;
  EXPECT_EQ(told.at("sprint"), "7");
  EXPECT_EQ(told.at("model"), "m");
  EXPECT_FALSE((*end.decision)->metadata.contains("sprint")) << "a replay must give what was stored before";
}

}  // namespace
}  // namespace orc
