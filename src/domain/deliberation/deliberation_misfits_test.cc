// Plans that could never succeed for a request.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/deliberation/deliberation_progress.h"
#include "domain/deliberation/deliberation_script.h"
#include "domain/deliberation/presets.h"
#include "domain/deliberation/prompt.h"

namespace orc {
namespace {

using Script = DeliberationScript;
using testing::HasSubstr;

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

}  // namespace
}  // namespace orc
