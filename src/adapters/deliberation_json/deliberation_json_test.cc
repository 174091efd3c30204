#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/deliberation_json/deliberation_text.h"
#include "adapters/deliberation_json/plan_json.h"
#include "domain/deliberation/deliberation_script.h"
#include "domain/deliberation/listed_text.h"

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
  const auto both = plan_or_faults("independent", R"({"stages": [{"kind": "propose"}]})");
  ASSERT_FALSE(both) << "it would be told and counted as independent";
  ASSERT_EQ(both.error().size(), 1u);
  EXPECT_EQ(both.error()[0].loc, (FieldPlace{"options", "stages"}));
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
      {"options.stages.0.stop", R"({"stages": [{"kind": "propose", "stop": "safe_lead", "rule": "ranked"}]})"},
      {"options.stages.1.stop", R"({"stages": [{"kind": "propose"}, {"kind": "vote", "stop": "safe_lead"}]})"},
  };
  for (const auto& [name, options] : rows) {
    const auto plan = plan_from_options("", options);
    ASSERT_FALSE(plan) << options;
    EXPECT_EQ(plan.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(plan.error().message, HasSubstr(name));
  }
  EXPECT_THAT(plan_from_options("dance", "").error().message, HasSubstr("independent, vote"));
}

TEST(plan_json, a_word_that_is_unknown_is_told_with_those_that_there_are) {
  const std::pair<const char*, const char*> rows[] = {
      {R"({"stages": [{"kind": "best"}]})",
       "options.stages.0.kind: Value error, 'best' is unknown; there are propose, exchange, critique, revise, score, vote, verify, "
       "aggregate, "
       "escalate"},
      {R"({"stages": [{"kind": "propose", "on_error": "go"}]})",
       "options.stages.0.on_error: Value error, 'go' is unknown; there are fail, skip_stage"},
      {R"({"stages": [{"kind": "propose", "stop": "go"}]})", "'go' is unknown; there are never, safe_lead, likely_lead"},
      {R"({"extract": {"kind": "last"}})", "'last' is unknown; there are none, number, choice, normalised_text, pattern, json_pointer"},
      {R"({"rule": "best"})", "'best' is unknown; there are plurality, weighted, ranked"},
  };
  for (const auto& [options, told] : rows) EXPECT_THAT(plan_from_options("", options).error().message, HasSubstr(told));
}

TEST(plan_json, what_is_wrong_has_one_place_by_the_names_that_a_client_gave) {
  struct Row {
    const char* preset;
    const char* options;
    const char* place;
    const char* sentence;  // begins with the place, or is behind it
  };
  const Row rows[] = {
      {"vote", R"({"confidence": 0.9, "rule": "ranked"})", "options.confidence", "options.confidence is for the rule plurality only"},
      {"vote", R"({"confidence": 0.9, "rule": "weighted"})", "options.confidence", "options.confidence is for the rule plurality only"},
      {"", R"({"stages": [{"kind": "propose"}, {"kind": "verify"}]})", "options.stages.1.plugin",
       "options.stages.1.plugin must name a plugin, which a stage verify needs"},
      {"", R"({"budget": {"tokens": 0}})", "options.budget.tokens", "options.budget.tokens: Input should be greater than or equal to 1"},
      {"", R"({"extract": {"kind": "pattern"}})", "options.extract.pattern", "options.extract.pattern must not be empty"},
      {"", R"({"stages": []})", "options.stages", "options.stages must hold at least one stage"},
  };
  for (const Row& row : rows) {
    const auto faults = plan_or_faults(row.preset, row.options);
    ASSERT_FALSE(faults) << row.options;
    ASSERT_EQ(faults.error().size(), 1u) << row.options;
    EXPECT_EQ(text_of(faults.error()[0].loc), row.place);
    EXPECT_EQ(plan_from_options(row.preset, row.options).error().message, row.sentence);
  }
  EXPECT_THAT(plan_or_faults("", "{").error().front().msg, testing::StartsWith("Invalid JSON"));
  EXPECT_THAT(plan_from_options("", "{").error().message, testing::StartsWith("options: Invalid JSON"));
}

// A budget that is misspelt would be none at all.
TEST(plan_json, a_name_that_is_misspelt_is_a_fault_with_its_place) {
  struct Row {
    const char* preset;
    const char* options;
    FieldPlace place;
    const char* known;
  };
  const Row rows[] = {
      {"", R"({"budget": {"token": 20000}})", {"options", "budget", "token"}, "calls, tokens, money, seconds"},
      {"", R"({"budgets": {"tokens": 20000}})", {"options", "budgets"}, "the preset independent has stages, "},
      {"", R"({"prices": {"m": {"in": 1, "output": 15}}})", {"options", "prices", "m", "output"}, "in, out, cached"},
      {"", R"({"prices": {"m": {}}})", {"options", "prices", "m", "in"}, "a price needs in or out"},
      {"", R"({"extact": {"kind": "number"}})", {"options", "extact"}, "extract"},
      {"", R"({"extract": {"pattern": "[0-9]+"}})", {"options", "extract", "pattern"}, "kind none"},
      {"", R"({"extract": {"kind": "pattern", "json_pointer": "/x"}})", {"options", "extract", "json_pointer"}, "kind, pattern"},
      {"", R"({"agents": {"a": {"wait": 2}}})", {"options", "agents", "a", "wait"}, "endpoint, temperature, seed, weight"},
      {"", R"({"stages": [{"kind": "propose", "on_eror": "fail"}]})", {"options", "stages", std::int64_t{0}, "on_eror"}, "on_error"},
      {"", R"({"stages": [{"kind": "propose"}], "samples": 3})", {"options", "samples"}, "a plan of stages has"},
      {"independent", R"({"confidence": 0.9})", {"options", "confidence"}, "the preset independent has"},
      {"vote", R"({"verifier": "judge"})", {"options", "verifier"}, "rule, confidence"},
      {"cascade", R"({"cheap": ["a"], "strong": ["b"], "rule": "ranked"})", {"options", "rule"}, "cheap, strong, agreement_min"},
  };
  for (const Row& row : rows) {
    const auto plan = plan_or_faults(row.preset, row.options);
    ASSERT_FALSE(plan) << row.options;
    ASSERT_EQ(plan.error().size(), 1u) << row.options;
    EXPECT_EQ(plan.error().front().loc, row.place) << row.options;
    EXPECT_THAT(plan.error().front().msg, HasSubstr(row.known)) << row.options;
  }
  EXPECT_THAT(plan_from_options("", rows[0].options).error().message, HasSubstr("options.budget.token: "));
  EXPECT_TRUE(plan_from_options("vote", R"({"verifier": null, "stages": null})")) << "null is as if it were not there";
  EXPECT_THAT(plan_from_options("dance", R"({"rule": "ranked"})").error().message, HasSubstr("independent, vote"));
  std::string many = "{";
  for (int i = 0; i < 1000; ++i) many += (i == 0 ? "\"n" : ", \"n") + std::to_string(i) + "\": 1";
  EXPECT_LE(plan_or_faults("", many + "}").error().size(), 10u);
}

// Sample n of an agent gets seed + n.
TEST(plan_json, a_seed_with_no_further_one_for_each_sample_is_a_fault_with_its_place) {
  const std::string last = std::to_string(std::numeric_limits<std::int64_t>::max());
  const auto options = [&](const std::string& samples) {
    return R"({"samples": )" + samples + R"(, "seed": )" + last + R"(, "agents": {"a": {"seed": )" + last + R"(}, "b": {"seed": 7}}})";
  };
  EXPECT_TRUE(plan_or_faults("vote", options("1")));
  const auto plan = plan_or_faults("vote", options("3"));
  ASSERT_FALSE(plan);
  ASSERT_EQ(plan.error().size(), 2u);
  EXPECT_EQ(plan.error()[0].loc, (FieldPlace{"options", "seed"}));
  EXPECT_EQ(plan.error()[1].loc, (FieldPlace{"options", "agents", "a", "seed"}));
  EXPECT_EQ(plan_from_options("vote", options("3")).error().message,
            "options.seed must be at most 9223372036854775805 with 3 samples, each of which has a seed of its own, but is " + last);
  EXPECT_TRUE(plan_from_options("vote", R"({"samples": 3, "seed": 9223372036854775805})"));

  const auto before = plan_from_options("vote", R"({"samples": 3, "seed": 5})").value();
  std::string stored = plan_text(before);
  stored.replace(stored.find(R"("seed":5)"), 8, R"("seed":)" + last);
  EXPECT_TRUE(plan_from_text("vote", stored)) << "what was stored before it was a fault is still read";
}

// What nobody reads would do nothing, and its sender would not know.
TEST(plan_json, a_stage_has_what_its_kind_reads_and_nothing_else) {
  struct Row {
    const char* stage;  // behind one that proposes
    const char* name;
    const char* told;
  };
  const Row rows[] = {
      {R"({"kind": "exchange", "samples": 3})", "samples", "a stage exchange has kind, agents, quorum, on_error, stop, rule, confidence"},
      {R"({"kind": "vote", "agents": ["c"]})", "agents", "a stage vote that is not ranked has kind, rule"},
      {R"({"kind": "vote", "quorum": 9000})", "quorum", "a stage vote that is not ranked has kind, rule"},
      {R"({"kind": "vote", "rule": "ranked", "samples": 2})", "samples", "that is ranked has kind, rule, agents, quorum, on_error, stop"},
      {R"({"kind": "vote", "rule": "ranked", "stop": "likely_lead"})", "stop", "likely_lead is for the rule plurality only"},
      {R"({"kind": "vote", "stop": "safe_lead"})", "stop", "has kind, rule"},
      {R"({"kind": "verify", "plugin": "judge", "agents": ["a"]})", "agents", "has kind, plugin, quorum, on_error"},
      {R"({"kind": "critique", "plugin": "judge"})", "plugin", "has kind, agents, quorum, on_error"},
      {R"({"kind": "critique", "agreement_min": 0.5})", "agreement_min", "has kind, agents, quorum, on_error"},
      {R"({"kind": "score", "on_error": "skip_stage"})", "on_error", "a stage score has kind"},
      {R"({"kind": "escalate", "rule": "weighted"})", "rule", "a stage escalate has kind, agreement_min"},
      {R"({"kind": "aggregate", "samples": 2})", "samples", "has kind, agents, quorum, on_error"},
      {R"({"kind": "propose", "confidence": 0.9})", "confidence", "of the stop likely_lead only"},
      {R"({"kind": "revise", "stop": "safe_lead", "confidence": 0.9})", "confidence", "of the stop likely_lead only"},
      {R"({"kind": "exchange", "rule": "weighted"})", "rule", "this stage has no stop"},
      {R"({"kind": "propose", "agents": ["a", "b", "a"]})", "agents", "names the agent 'a' twice"},
  };
  for (const Row& row : rows) {
    const auto plan = plan_or_faults("", R"({"stages": [{"kind": "propose"}, )" + std::string(row.stage) + "]}");
    ASSERT_FALSE(plan) << row.stage;
    ASSERT_EQ(plan.error().size(), 1u) << row.stage;
    EXPECT_EQ(plan.error()[0].loc, (FieldPlace{"options", "stages", std::int64_t{1}, row.name})) << row.stage;
    EXPECT_THAT(plan.error()[0].msg, HasSubstr(row.told)) << row.stage;
  }
  EXPECT_TRUE(
      plan_from_options("", R"({"stages": [{"kind": "propose"}, {"kind": "vote", "rule": "ranked", "agents": ["c"], "quorum": 1}]})"));
  EXPECT_THAT(plan_from_options("cascade", R"({"cheap": ["a", "a"], "strong": ["b"]})").error().message, HasSubstr("options.cheap"));
}

TEST(plan_json, a_weight_needs_a_vote_that_is_weighted) {
  const auto faults = plan_or_faults("vote", R"({"agents": {"a": {"weight": 2}, "b": {"weight": 1}}})");
  ASSERT_FALSE(faults);
  ASSERT_EQ(faults.error().size(), 1u);
  EXPECT_EQ(faults.error()[0].loc, (FieldPlace{"options", "agents", "a", "weight"}));
  EXPECT_EQ(plan_from_options("", R"({"agents": {"a": {"weight": 2}}})").error().message,
            "options.agents.a.weight is for votes with the rule weighted, of which there is none");
  EXPECT_TRUE(plan_from_options("", R"({"stages": [{"kind": "propose"}, {"kind": "vote", "rule": "weighted"}],
      "agents": {"a": {"weight": 2}}})"));
}

// What GET answers as a deliberation's options may be given as the options of the next one.
TEST(plan_json, what_is_written_is_a_plan_for_a_client_too) {
  const PresetOptions options{.samples = 3, .verifier = "v", .cheap = {"a"}, .strong = {"b"}, .agreement_min = 0.5};
  std::vector<DeliberationPlan> plans;
  for (const std::string_view preset : preset_names) plans.push_back(preset_plan(preset, options).value());
  for (const VoteRule rule : {VoteRule::weighted, VoteRule::ranked}) plans.push_back(preset_plan("vote", {.rule = rule}).value());
  plans.push_back(preset_plan("vote", {.confidence = 0.9}).value());
  plans.push_back(plan_from_options("", R"({"stages": [{"kind": "propose"}, {"kind": "exchange", "stop": "likely_lead", "confidence": 0.9},
      {"kind": "critique", "agents": ["a"]}, {"kind": "revise"}, {"kind": "score"}, {"kind": "verify", "plugin": "v", "quorum": 2},
      {"kind": "vote", "rule": "ranked", "on_error": "skip_stage"}, {"kind": "escalate", "agreement_min": 0.5},
      {"kind": "aggregate"}], "agents": {"a": {"seed": 1}}})")
                      .value());
  for (const DeliberationPlan& plan : plans) {
    PlanFields wanted = *plan;
    wanted.preset = "custom";
    const auto again = plan_from_options("", plan_text(plan));
    ASSERT_TRUE(again) << plan_text(plan) << ": " << again.error().message;
    EXPECT_EQ(**again, wanted);
  }
}

TEST(deliberation_text, a_stored_plan_is_read_with_what_its_stages_do_not_heed) {
  const auto plan = plan_from_text("custom", R"({"stages": [{"kind": "propose", "agents": ["a", "a"]}, {"kind": "vote", "quorum": 9000,
      "agents": ["c"], "confidence": 0.5}], "agents": {"a": {"weight": 2}}})");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ((*plan)->stages[1].quorum, 9000u);
}

TEST(deliberation_text, a_stored_plan_is_read_without_what_another_version_wrote_beside) {
  const std::string text = plan_text(preset_plan("vote", {}).value());
  std::string newer = text;
  newer.replace(newer.find(R"("budget":{)"), 10, R"("later":1,"budget":{"watts":5,)");
  newer.replace(newer.find(R"({"kind":"propose")"), 8, R"({"mood":"calm","kind":)");
  ASSERT_NE(newer, text);
  EXPECT_EQ(plan_from_text("vote", newer).value(), preset_plan("vote", {}).value());
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

std::string listed(const DeliberationEnd& end) {
  std::string text;
  JsonWriter json(text);
  write_end(json, end, Texts::listed);
  return text;
}

DeliberationEnd with_proposals(std::size_t agents, const std::string& proposal) {
  std::vector<DeliberationResult> results;
  for (std::size_t i = 0; i < agents; ++i)
    results.push_back(DeliberationResult::create(
                          {.agent_id = std::to_string(i), .proposal = proposal, .reasoning = "", .metadata = {{"answer", proposal}}})
                          .value());
  return {.decision = {},
          .together = MultiAgentDeliberationResult::create(
                          {.results = std::move(results), .total_agents = agents, .completed_agents = agents, .failed_agents = 0})
                          .value(),
          .error = {}};
}

TEST(deliberation_text, lists_show_as_much_of_what_is_kept_for_them_as_of_the_whole) {
  const std::string character = "\xE2\x82\xAC";  // three bytes
  for (const std::size_t agents : {1U, 3U, 1000U})
    for (const std::size_t length : {listed_bytes_max(agents) / 3, listed_bytes_max(agents) / 3 + 1, listed_bytes_max(agents) / 3 + 2,
                                     listed_bytes_max(agents) / 3 + 3, 4 * listed_bytes_max(agents)}) {
      std::string proposal;
      for (std::size_t i = 0; i < length; ++i) proposal += character;
      const DeliberationEnd end = with_proposals(agents, proposal);
      const StoredText stored = stored_end(end);
      EXPECT_EQ(listed(end_from_text(stored.listed.value_or(stored.whole)).value()), listed(end)) << agents << " of " << length;
      EXPECT_EQ(listed(end).contains(R"("truncated":true)"), length * 3 > listed_bytes_max(agents)) << agents << " of " << length;
      EXPECT_EQ(end_from_text(stored.whole).value(), end);
    }
  EXPECT_LT(stored_end(with_proposals(1000, std::string(10'000, 'x'))).listed_bytes(), 400'000u);
}

TEST(deliberation_text, of_a_request_the_task_and_the_prompts_are_cut) {
  DeliberationRequestFields request = *DeliberationScript::request_for(2);
  request.task_description = std::string(5000, 'x');
  request.agents[1] =
      AgentConfig::create({.agent_id = "long", .role = "DEV", .model = "m", .prompt_template = "{task}" + std::string(6000, 'y')}).value();
  const StoredText stored = stored_request(DeliberationRequest::create(request).value());
  ASSERT_TRUE(stored.listed);
  EXPECT_LT(stored.listed->size(), 9000u);
  std::string text;
  JsonWriter json(text);
  write_request(json, request_from_text(*stored.listed).value(), Texts::listed);
  EXPECT_THAT(text, HasSubstr(std::string(listed_text_bytes_max, 'x') + R"(","role")"));
  EXPECT_THAT(text, HasSubstr(R"("truncated":true,"agents":[{"id":"a","role":"DEV","model":"m"},)"));
  EXPECT_THAT(text, HasSubstr(R"(yyy","truncated":true}])"));
}

TEST(deliberation_text, what_is_no_such_text_is_told) {
  EXPECT_EQ(request_from_text("{}").error().code, ErrorCode::internal);
  EXPECT_EQ(end_from_text("{").error().code, ErrorCode::internal);
  EXPECT_EQ(plan_from_text("vote", "[]").error().code, ErrorCode::internal);
}

}  // namespace
}  // namespace orc
