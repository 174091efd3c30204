// No schema and no document may hold a thread, use up the stack or blow up the memory.
#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

#include "adapters/json_schema/json_schema.h"

namespace orc {
namespace {

class SchemaLimitsTest : public ::testing::Test {
 protected:
  std::shared_ptr<const CompiledSchema> compiled(std::string_view schema) {
    auto result = compiler_.compile(schema);
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return result.value();
  }

  const SchemaCompiler compiler_;
};

// Sanitizers make everything slower; what must not happen takes minutes.
constexpr std::chrono::seconds far_below_a_hang{60};

std::string repeated(std::string_view part, int times, std::string_view separator) {
  std::string text;
  for (int i = 0; i < times; ++i) text.append(i == 0 ? "" : separator).append(part);
  return text;
}

TEST_F(SchemaLimitsTest, a_pattern_that_backtracking_engines_hang_on_is_linear) {
  const auto schema = compiled(R"({"pattern":"^(a+)+$"})");
  const std::string text = "\"" + std::string(50'000, 'a') + "!\"";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(schema->validate_text(text).error().code, ErrorCode::invalid_argument);
  EXPECT_LT(std::chrono::steady_clock::now() - start, far_below_a_hang);
}

TEST_F(SchemaLimitsTest, a_pattern_whose_states_fill_every_cache_runs_out_of_steps) {
  const auto schema = compiled(R"({"items":{"pattern":"(a|b)*a(a|b){200}c"}})");
  std::string one;
  for (std::uint32_t i = 0, random = 1; i < 50'000; ++i) {
    random = random * 1664525U + 1013904223U;
    one += (random >> 16) % 2 == 0 ? 'a' : 'b';
  }
  one[one.size() - 201] = 'a';  // so that it fits, after all the work
  const auto start = std::chrono::steady_clock::now();
  const auto refused = schema->validate_text("[" + repeated("\"" + one + "c\"", 60, ",") + "]");
  EXPECT_LT(std::chrono::steady_clock::now() - start, far_below_a_hang);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::resource_exhausted);
}

TEST_F(SchemaLimitsTest, an_ordinary_pattern_on_a_megabyte_is_no_trouble) {
  const auto schema = compiled(R"({"items":{"pattern":"^.{1,255}$"},"pattern":"^[A-Za-z0-9+/=]*$"})");
  EXPECT_TRUE(schema->validate_text("\"" + std::string(1'000'000, 'Q') + "\"").has_value());
  EXPECT_TRUE(schema->validate_text("[" + repeated("\"" + std::string(250, 'x') + "\"", 4'000, ",") + "]").has_value());
}

TEST_F(SchemaLimitsTest, a_schema_that_doubles_its_work_at_each_level_runs_out_of_steps) {
  std::string text = R"({"$ref":"#/$defs/l0","$defs":{)";
  for (int i = 0; i < 40; ++i) {
    const std::string next = R"({"$ref":"#/$defs/l)" + std::to_string(i + 1) + "\"}";
    text += "\"l" + std::to_string(i) + R"(":{"allOf":[)" + next + "," + next + "]},";
  }
  const auto schema = compiled(text + R"("l40":{"type":"integer"}}})");
  const auto start = std::chrono::steady_clock::now();
  const auto fits = schema->validate_text("1");
  ASSERT_FALSE(fits.has_value());
  EXPECT_EQ(fits.error().code, ErrorCode::resource_exhausted);
  EXPECT_TRUE(fits.error().message.contains("4000000 steps")) << fits.error().message;
  EXPECT_LT(std::chrono::steady_clock::now() - start, far_below_a_hang);
}

// A check that ends early looks like "does not fit" to what is around it; each of these would turn that into another answer.
TEST_F(SchemaLimitsTest, the_step_limit_is_never_taken_for_an_answer) {
  const std::string instance = "[[" + repeated("1", 100, ",") + "]]";
  const JsonDocument document = JsonDocument::parse(instance).value();
  for (const char* keyword :
       {R"({"not":%})", R"({"not":{"not":%}})", R"({"if":%,"then":false})", R"({"oneOf":[%,true]})", R"({"anyOf":[%,true]})",
        R"({"contains":{"not":%},"minContains":0,"maxContains":0})", R"({"patternProperties":{"a":%},"not":%})"}) {
    std::string text = keyword;
    while (text.contains('%')) text.replace(text.find('%'), 1, R"({"items":{"items":{"type":"integer"}}})");
    const auto schema = compiled(text);
    const auto whole = schema->validate(document.root());
    int given_up = 0;
    for (std::uint64_t steps = 0; steps < 1'000; ++steps) {
      const auto limited = schema->validate(document.root(), {.steps_max = steps});
      const bool exhausted = !limited && limited.error().code == ErrorCode::resource_exhausted;
      given_up += exhausted ? 1 : 0;
      EXPECT_TRUE(exhausted || limited == whole) << text << " with " << steps << " steps";
    }
    EXPECT_GT(given_up, 90) << text;
  }
}

TEST_F(SchemaLimitsTest, a_check_tells_how_it_ended_and_what_it_cost) {
  using enum CheckReport::End;
  const auto schema = compiled(R"({"items":{"type":"integer"}})");
  const auto report = [&](std::string_view instance, std::uint64_t steps_max) {
    return schema->check(JsonDocument::parse(instance).value().root(), {.steps_max = steps_max});
  };
  const auto good = report("[1,2,3,4]", 100);
  EXPECT_EQ(good.end, fits);
  EXPECT_EQ(good.message, "");
  EXPECT_GT(good.steps, 4u);
  EXPECT_EQ(report("[1,2,3,4]", good.steps).end, fits);
  EXPECT_EQ(report("[1,2,3,4]", good.steps - 1).end, too_many_steps);
  const auto bad = report("[1,true]", 100);
  EXPECT_EQ(bad.end, does_not_fit);
  EXPECT_EQ(bad.message, "/1: true is not of type integer");
  EXPECT_LT(bad.steps, good.steps);
}

TEST_F(SchemaLimitsTest, a_dynamic_reference_without_end_is_stopped_by_the_depth) {
  const auto schema = compiled(R"({"$id":"http://x/root","$dynamicAnchor":"n","allOf":[{"$ref":"inner"}],
    "$defs":{"inner":{"$id":"inner","$dynamicRef":"#n","$defs":{"n":{"$dynamicAnchor":"n"}}}}})");
  const auto fits = schema->validate_text("1");
  ASSERT_FALSE(fits.has_value());
  EXPECT_EQ(fits.error().code, ErrorCode::resource_exhausted);
  EXPECT_TRUE(fits.error().message.contains("nested 1000 deep")) << fits.error().message;
}

TEST_F(SchemaLimitsTest, a_recursive_schema_follows_the_deepest_document_allowed) {
  const auto schema =
      compiled(R"({"anyOf":[{"type":"null"},{"allOf":[{"$ref":"#/$defs/list"}]}],"$defs":{"list":{"type":"array","items":{"$ref":"#"}}}})");
  EXPECT_TRUE(schema->validate_text(std::string(128, '[') + "null" + std::string(128, ']')).has_value());
  EXPECT_EQ(schema->validate_text(std::string(127, '[') + "1" + std::string(127, ']')).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(schema->validate_text(std::string(10'000, '[')).error().code, ErrorCode::invalid_argument);
}

TEST_F(SchemaLimitsTest, a_schema_beyond_a_limit_is_refused) {
  std::string deep = "true";
  for (int i = 0; i < 40; ++i) deep = R"({"properties":{"a":)" + deep + "}}";
  const std::string cases[] = {
      deep,
      std::string(300'000, ' ') + "{}",
      R"({"enum":[)" + repeated("1", 25'000, ",") + "]}",
      R"({"allOf":[)" + repeated(R"({"pattern":"a"})", 257, ",") + "]}",
      R"({"anyOf":[)" + repeated("{}", 10'001, ",") + "]}",
      std::string(10'000, '['),
  };
  for (const auto& text : cases) {
    const auto result = compiler_.compile(text);
    ASSERT_FALSE(result.has_value()) << text.substr(0, 60);
    EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(result.error().message.contains("limit")) << result.error().message;
  }
}

TEST_F(SchemaLimitsTest, many_unique_elements_do_not_cost_a_comparison_of_all_pairs) {
  const auto schema = compiled(R"({"uniqueItems":true})");
  std::string text = "[";
  for (int i = 0; i < 100'000; ++i) text += (i == 0 ? "" : ",") + std::to_string(i);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(schema->validate_text(text + "]").has_value());
  EXPECT_FALSE(schema->validate_text(text + ",99999.0]").has_value());
  EXPECT_LT(std::chrono::steady_clock::now() - start, far_below_a_hang);
}

TEST_F(SchemaLimitsTest, an_array_that_fills_a_request_fits_in_the_step_limit) {
  const auto schema =
      compiled(R"({"properties":{"features":{"type":"array","items":{"type":"number","minimum":0}}},"required":["features"]})");
  EXPECT_TRUE(schema->validate_text(R"({"features":[)" + repeated("0", 520'000, ",") + "]}").has_value());
}

TEST_F(SchemaLimitsTest, one_schema_serves_many_threads) {
  const auto schema = compiled(R"({"items":{"pattern":"^[a-z]+$","anyOf":[{"minLength":2},{"const":"x"}]},"uniqueItems":true})");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&schema] {
      for (int round = 0; round < 200; ++round) {
        EXPECT_TRUE(schema->validate_text(R"(["ab","x","cd"])").has_value());
        EXPECT_FALSE(schema->validate_text(R"(["ab","y"])").has_value());
      }
    });
  }
}

}  // namespace
}  // namespace orc
