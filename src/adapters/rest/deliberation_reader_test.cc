#include "adapters/rest/deliberation_reader.h"

#include <gtest/gtest.h>

#include "adapters/json/json_writer.h"

namespace orc {
namespace {

std::string faults_of(std::string_view body) {
  const auto read = read_deliberation(body);
  std::string text;
  JsonWriter json(text);
  write_faults(json, read ? read->faults : read.error());
  return text;
}

TEST(deliberation_reader, a_body_holds_the_fields_of_the_grpc_request) {
  const auto read = read_deliberation(R"({
    "task_id": "t", "task_description": "Name a prime.", "role": "DEV", "vllm_url": "http://127.0.0.1:8000", "vllm_model": "m",
    "constraints": {"story_id": "s", "plan_id": "p", "timeout_seconds": 60, "max_retries": 1, "metadata": {"a": "b"}},
    "agents": [{"id": "a", "role": "DEV", "model": "m1", "prompt_template": "{task}"}, {"id": "b", "role": "QA", "model": "m2"}],
    "per_agent_models": true, "preset": "vote", "options": {"samples": 3}})");
  ASSERT_TRUE(read && read->faults.empty());
  EXPECT_EQ(read->input.task_description, "Name a prime.");
  EXPECT_EQ(read->input.constraints->timeout_seconds, 60);
  EXPECT_EQ(read->input.constraints->max_retries, 1);
  EXPECT_EQ(read->input.constraints->metadata.at("a"), "b");
  ASSERT_EQ(read->input.agents.size(), 2u);
  EXPECT_EQ(read->input.agents[0].prompt_template, "{task}");
  EXPECT_EQ(read->input.agents[1].model, "m2");
  EXPECT_EQ(read->input.models, ModelChoice::of_each_agent);
  EXPECT_EQ((*read->input.plan)->preset, "vote");
  EXPECT_EQ((*read->input.plan)->stages[0].samples, 3u);
  EXPECT_TRUE(read->ignored.empty());
}

// The contract has them ignored and never refused; a budget of a misspelt name is a surprise all the same.
TEST(deliberation_reader, members_that_mean_nothing_are_no_faults_but_noted_with_their_places) {
  const auto read = read_deliberation(R"({"task_id": "t", "option": {"budget": {"calls": 1}}, "budget": null,
    "constraints": {"story_id": "s", "timeout": 1, "metadata": {"any": "thing"}}, "agents": [{"id": "a"}, {"id": "b", "weight": 2}]})");
  ASSERT_TRUE(read && read->faults.empty());
  EXPECT_EQ(read->ignored, (std::vector<std::string>{"option", "constraints.timeout", "agents.1.weight"}));
}

TEST(deliberation_reader, of_many_members_that_mean_nothing_the_first_few_are_noted) {
  std::string agents;
  for (int i = 0; i < 1000; ++i) agents += std::string(i == 0 ? "" : ",") + R"({"id": "a", "x": 1, "y": 2})";
  const auto read = read_deliberation(R"({"agents": [)" + agents + "]}");
  ASSERT_TRUE(read && read->faults.empty());
  EXPECT_EQ(read->ignored.size(), 8u);
  EXPECT_TRUE(faults_of("[]").contains("valid dictionary") && faults_of(R"({"agents": [1]})").contains(R"("loc":["body","agents",0])"));
}

TEST(deliberation_reader, options_may_be_their_text_as_in_grpc) {
  const auto read = read_deliberation(R"({"preset": "vote", "options": "{\"samples\": 3}"})");
  ASSERT_TRUE(read && read->faults.empty());
  EXPECT_EQ((*read->input.plan)->stages[0].samples, 3u);
}

TEST(deliberation_reader, what_is_missing_is_left_to_the_domain) {
  const auto read = read_deliberation(R"({"agents": [{}], "constraints": null, "task_id": null})");
  ASSERT_TRUE(read && read->faults.empty());
  EXPECT_TRUE(read->input.task_id.empty() && !read->input.constraints);
  EXPECT_EQ((*read->input.plan)->preset, "independent");
}

TEST(deliberation_reader, every_fault_is_told_with_its_place) {
  const std::string told = faults_of(R"({"task_id": 1, "agents": [{}, {"role": []}], "constraints": {"max_retries": "x"},
                                         "options": {"stages": [{"kind": "dance"}]}})");
  for (const char* place : {R"("loc":["body","task_id"])", R"("loc":["body","agents",1,"role"])",
                            R"("loc":["body","constraints","max_retries"])", R"("loc":["body","options","stages",0,"kind"])"})
    EXPECT_TRUE(told.contains(place)) << place << " in " << told;
  EXPECT_TRUE(faults_of("[").contains("json_invalid"));
  EXPECT_TRUE(faults_of(R"({"options": 1})").contains(R"("loc":["body")"));
  EXPECT_TRUE(faults_of(R"({"agents": {}})").contains(R"("loc":["body","agents"])"));
}

TEST(deliberation_reader, what_is_wrong_in_the_options_is_told_all_at_once) {
  const std::string told = faults_of(R"({"preset": "vote", "options": {"samples": 0, "temperature": 9, "budget": {"calls": -1},
                                         "agents": {"x": {"weight": 0}}}})");
  for (const char* place : {R"("loc":["body","options","samples"])", R"("loc":["body","options","temperature"])",
                            R"("loc":["body","options","budget","calls"])", R"("loc":["body","options","agents","x","weight"])"})
    EXPECT_TRUE(told.contains(place)) << place << " in " << told;
  EXPECT_TRUE(faults_of(R"({"preset": "guess"})").contains(R"("loc":["body","preset"])"));
  EXPECT_TRUE(faults_of(R"({"preset": "best_of_n"})").contains(R"("loc":["body","options"])"));
  EXPECT_TRUE(faults_of(R"({"options": {"stages": [{"kind": "propose"}, {"kind": "verify"}]}})")
                  .contains(R"("loc":["body","options","stages",1,"plugin"])"));
  EXPECT_TRUE(faults_of(R"({"options": {"stages": [{"kind": "vote"}]}})").contains(R"("loc":["body","options","stages"])"));
}

}  // namespace
}  // namespace orc
