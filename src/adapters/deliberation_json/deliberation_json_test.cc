#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/deliberation_json/deliberation_text.h"
#include "adapters/deliberation_json/plan_json.h"
#include "domain/deliberation/deliberation_script.h"

namespace orc {
namespace {

using testing::HasSubstr;

TEST(plan_json, presets_and_their_options_are_read) {
  EXPECT_EQ(plan_from_options("", "").value(), preset_plan("independent", {}).value());
  const auto plan = plan_from_options("vote", R"({"samples": 3, "rule": "weighted", "extract": {"kind": "number"}, "budget": {"calls": 7,
      "tokens": 1000, "money": 0.25, "seconds": 9}, "prices": {"m": {"in": 0.15, "out": 0.6}}, "agents": {"a": {"endpoint": "http://x",
      "temperature": 0, "seed": 4, "weight": 2.5}}, "temperature": 1.5, "seed": 1, "max_tokens": 64})");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ((*plan)->stages, preset_stages("vote", {.samples = 3, .rule = VoteRule::weighted}).value());
  EXPECT_EQ((*plan)->extraction.kind, Extraction::Kind::number);
  EXPECT_EQ((*plan)->budget, (Budget{.calls = 7, .tokens = 1000, .cost_micros = 250'000, .time = std::chrono::seconds{9}}));
  EXPECT_EQ((*plan)->prices.at("m"), (Price{.in = 150'000, .out = 600'000, .cached = 150'000}));
  EXPECT_EQ((*plan)->agents.at("a"), (AgentOptions{.endpoint = "http://x", .temperature = 0, .seed = 4, .weight = 2.5}));
  EXPECT_EQ((*plan)->answer_tokens, 64);
}

TEST(plan_json, stages_are_a_plan_of_their_own) {
  const auto plan = plan_from_options("", R"({"stages": [{"kind": "propose", "agents": ["a"], "quorum": 2, "on_error": "skip_stage"},
      {"kind": "verify", "plugin": "judge"}]})");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ((*plan)->preset, "custom");
  EXPECT_EQ((*plan)->stages[0], (Stage{.agents = {"a"}, .quorum = 2, .on_error = OnError::skip_stage}));
  EXPECT_EQ((*plan)->stages[1], (Stage{.kind = StageKind::verify, .agents = {}, .plugin = "judge"}));
}

TEST(plan_json, what_is_wrong_is_named) {
  const std::pair<const char*, const char*> rows[] = {
      {"options", "{"},
      {"options", "[]"},
      {"options.samples", R"({"samples": 1000000000})"},
      {"options.rule", R"({"rule": "loudest"})"},
      {"options.budget.calls", R"({"budget": {"calls": 0}})"},
      {"options.stages.1.kind", R"({"stages": [{"kind": "propose"}, {"kind": "dance"}]})"},
      {"options.stages.0.kind", R"({"stages": [{}]})"},
      {"options.agents.a.weight", R"({"agents": {"a": {"weight": 0}}})"},
      {"options.max_tokens", R"({"max_tokens": 1000000000})"},
      {"pattern", R"({"extract": {"kind": "pattern", "pattern": "("}})"},
      {"stages", R"({"stages": []})"},
      {"begin with propose", R"({"stages": [{"kind": "score"}]})"},
  };
  for (const auto& [name, options] : rows) {
    const auto plan = plan_from_options("", options);
    ASSERT_FALSE(plan) << options;
    EXPECT_EQ(plan.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(plan.error().message, HasSubstr(name));
  }
  EXPECT_THAT(plan_from_options("dance", "").error().message, HasSubstr("independent, vote"));
}

TEST(deliberation_text, everything_is_read_back_as_it_was) {
  for (const std::string_view preset : preset_names) {
    PlanFields fields = *preset_plan(preset, {.samples = 3, .confidence = 0.95, .verifier = "v", .cheap = {"a"}, .strong = {"b"}}).value();
    fields.extraction = {.kind = Extraction::Kind::json_pointer, .detail = "/x"};
    fields.budget = {.calls = 3, .tokens = 5, .cost_micros = 7, .time = std::chrono::seconds{11}};
    fields.prices["m"] = {.in = 1, .out = 2, .cached = 3};
    fields.agents["a"] = {.endpoint = "http://x", .temperature = 0.25, .seed = 3, .weight = 0.5};
    fields.seed = 12;
    const auto plan = DeliberationPlan::create(fields).value();
    EXPECT_EQ(plan_from_text(preset, plan_text(plan)).value(), plan);
  }
  DeliberationRequestFields request = *DeliberationScript::request_for(3);
  request.models = ModelChoice::of_each_agent;
  request.constraints = TaskConstraints::create({.story_id = "s", .plan_id = "p", .max_retries = 0, .metadata = {{"k", "v\n"}}}).value();
  const auto checked = DeliberationRequest::create(request).value();
  EXPECT_EQ(request_from_text(request_text(checked)).value(), checked);

  DeliberationScript script(3, preset_plan("independent", {}).value());
  const auto end = script.play([](CallName name) { return DeliberationScript::success(name, name.agent == 0 ? "x" : "y \xC3\xA9\n"); });
  EXPECT_EQ(end_from_text(end_text(end)).value(), end);
  const DeliberationEnd failed{.status = DeliberationStatus::failed, .cut = CutShort::by_time, .error = "timeout"};
  EXPECT_EQ(end_from_text(end_text(failed)).value(), failed);
}

TEST(deliberation_text, what_is_no_such_text_is_told) {
  EXPECT_EQ(request_from_text("{}").error().code, ErrorCode::internal);
  EXPECT_EQ(end_from_text("{").error().code, ErrorCode::internal);
  EXPECT_EQ(plan_from_text("vote", "[]").error().code, ErrorCode::internal);
}

}  // namespace
}  // namespace orc
