#include "domain/deliberation/deliberation_request.h"

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/deliberation/deliberation_result.h"

namespace orc {
namespace {

AgentConfig agent(const std::string& id) {
  return AgentConfig::create({.agent_id = id, .role = "DEV", .model = "m", .prompt_template = {}}).value();
}

DeliberationRequestFields sound_request() {
  return {.task_id = "t-1",
          .task_description = "Name a prime above 10.",
          .role = "DEV",
          .constraints = TaskConstraints::create({.story_id = "s-1", .plan_id = "", .metadata = {}}).value(),
          .agents = {agent("a-1"), agent("a-2")},
          .vllm_url = "http://models:8000",
          .vllm_model = "m"};
}

TEST(deliberation_request, a_sound_one_is_made) { EXPECT_TRUE(DeliberationRequest::create(sound_request())); }

TEST(deliberation_request, a_bad_field_is_named) {
  using Spoil = std::function<void(DeliberationRequestFields&)>;
  const std::pair<const char*, Spoil> cases[] = {
      {"task_id", [](auto& r) { r.task_id = " \t"; }},
      {"task_id", [](auto& r) { r.task_id = "a\r\nb"; }},
      {"task_id", [](auto& r) { r.task_id = std::string(257, 'x'); }},
      {"task_description", [](auto& r) { r.task_description = "\n"; }},
      {"task_description", [](auto& r) { r.task_description = std::string(task_description_bytes_max + 1, 'x'); }},
      {"role", [](auto& r) { r.role = ""; }},
      {"vllm_url", [](auto& r) { r.vllm_url = ""; }},
      {"vllm_model", [](auto& r) { r.vllm_model = ""; }},
      {"agents", [](auto& r) { r.agents.clear(); }},
      {"agent_id 'a-1' twice", [](auto& r) { r.agents.push_back(agent("a-1")); }},
      {"agents",
       [](auto& r) {
         for (int i = 0; i < 999; ++i) r.agents.push_back(agent("b-" + std::to_string(i)));
       }},
  };
  for (const auto& [name, spoil] : cases) {
    DeliberationRequestFields request = sound_request();
    spoil(request);
    const auto made = DeliberationRequest::create(std::move(request));
    ASSERT_FALSE(made) << name;
    EXPECT_EQ(made.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(made.error().message, testing::HasSubstr(name));
  }
}

TEST(agent_config, is_called_as_one_likes) {
  for (const char* id : {"a", "Dev Agent #1", "*.>", "\"a\", b=c", "José", "\u4ee3\u7406", "\u00a0x\u2027\u2030\u206a"})
    EXPECT_TRUE(AgentConfig::create({.agent_id = id, .role = "r", .model = "m", .prompt_template = {}})) << id;
}

TEST(agent_config, a_bad_field_is_named) {
  const AgentFields sound{.agent_id = "a", .role = "r", .model = "m", .prompt_template = {}};
  const std::pair<const char*, std::function<void(AgentFields&)>> cases[] = {
      {"agent_id", [](auto& a) { a.agent_id = ""; }},
      {"agent_id", [](auto& a) { a.agent_id = "x\r\nPUB evil 1\r\nA"; }},
      {"agent_id", [](auto& a) { a.agent_id = std::string(10'000, 'x'); }},
      {"agent_id", [](auto& a) { a.agent_id = "\u009b31mred"; }},
      {"agent_id", [](auto& a) { a.agent_id = "one\u2028two"; }},
      {"agent_id", [](auto& a) { a.agent_id = "\u202edcba"; }},
      {"role", [](auto& a) { a.role = " "; }},
      {"model", [](auto& a) { a.model = ""; }},
      {"prompt_template", [](auto& a) { a.prompt_template = std::string(prompt_template_bytes_max + 1, 'x'); }},
  };
  for (const auto& [name, spoil] : cases) {
    AgentFields fields = sound;
    spoil(fields);
    const auto made = AgentConfig::create(std::move(fields));
    ASSERT_FALSE(made) << name;
    EXPECT_THAT(made.error().message, testing::HasSubstr(name));
  }
}

TEST(task_constraints, are_within_the_caps) {
  using std::chrono::seconds;
  struct Row {
    seconds timeout;
    int retries;
    const char* fault;  // null: sound
  };
  for (const Row& row : {Row{seconds{1}, 0, nullptr}, Row{seconds{86'400}, 10, nullptr}, Row{seconds{0}, 3, "timeout_seconds"},
                         Row{seconds{-1}, 3, "timeout_seconds"}, Row{seconds{86'401}, 3, "timeout_seconds"},
                         Row{seconds{300}, -1, "max_retries"}, Row{seconds{300}, 11, "max_retries"}}) {
    const auto made =
        TaskConstraints::create({.story_id = "s", .plan_id = "", .timeout = row.timeout, .max_retries = row.retries, .metadata = {}});
    ASSERT_EQ(made.has_value(), row.fault == nullptr);
    if (row.fault) EXPECT_THAT(made.error().message, testing::HasSubstr(row.fault));
  }
  EXPECT_FALSE(TaskConstraints::create({.story_id = "", .plan_id = "", .metadata = {}}));
}

TEST(task_constraints, metadata_are_bounded_together) {
  const auto made = [](std::size_t entries, std::size_t bytes) {
    ConstraintFields fields{.story_id = "s", .plan_id = "", .metadata = {}};
    for (std::size_t i = 0; i < entries; ++i) fields.metadata["key" + std::to_string(1000 + i)] = std::string(bytes, 'x');
    return TaskConstraints::create(fields);
  };
  EXPECT_TRUE(made(1, constraint_metadata_bytes_max - 7));
  EXPECT_TRUE(made(100, 600));
  for (const auto& refused : {made(1, constraint_metadata_bytes_max - 6), made(100, 700)}) {
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, testing::HasSubstr("metadata has"));
    EXPECT_THAT(refused.error().message, testing::HasSubstr("65536"));
  }
}

TEST(backlog_review_task, has_three_named_parts) {
  for (const char* id : {"ceremony-1:story-2:role-DEV", "ceremony-a-b:story-c-d:role-PO-lead"})
    EXPECT_TRUE(is_backlog_review_task(id)) << id;
  for (const char* id : {"", "ceremony-1", "ceremony-:story-2:role-x", "ceremony-1:story-2:role-", "ceremony-1:story-2",
                         "story-2:ceremony-1:role-x", "ceremony-1:story-2:role-x:more", "x-ceremony-1:story-2:role-x"})
    EXPECT_FALSE(is_backlog_review_task(id)) << id;
}

DeliberationResult result(const char* agent, double score) {
  return DeliberationResult::create({.agent_id = agent, .proposal = "p", .reasoning = "", .score = score, .metadata = {}}).value();
}

TEST(deliberation_result, its_score_is_from_0_to_1) {
  for (const double score : {-0.1, 1.1, 1e9, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_FALSE(DeliberationResult::create({.agent_id = "a", .proposal = "", .reasoning = "", .score = score, .metadata = {}})) << score;
  EXPECT_FALSE(DeliberationResult::create({.agent_id = "", .proposal = "", .reasoning = "", .score = 0, .metadata = {}}));
}

TEST(multi_agent_result, the_best_is_the_first_of_the_highest) {
  const auto together = MultiAgentDeliberationResult::create(
      {.results = {result("a", 0.5), result("b", 0.75), result("c", 0.75)}, .total_agents = 4, .completed_agents = 3, .failed_agents = 1});
  ASSERT_TRUE(together);
  EXPECT_EQ((*best_of(*together))->agent_id, "b");
  EXPECT_DOUBLE_EQ(average_score(*together), 2.0 / 3);
  const auto none = MultiAgentDeliberationResult::create({.results = {}, .total_agents = 2, .completed_agents = 0, .failed_agents = 2});
  EXPECT_EQ(best_of(*none), nullptr);
  EXPECT_EQ(average_score(*none), 0);
}

TEST(multi_agent_result, its_counts_fit) {
  struct Row {
    std::size_t total, completed, failed;
  };
  for (const Row& row : {Row{1, 1, 1}, Row{2, 2, 0}, Row{0, 1, 0}, Row{1, 1, ~std::size_t{0}}})
    EXPECT_FALSE(MultiAgentDeliberationResult::create(
        {.results = {result("a", 1)}, .total_agents = row.total, .completed_agents = row.completed, .failed_agents = row.failed}));
}

}  // namespace
}  // namespace orc
