#include "adapters/json_schema/cached_schema_validator.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <gtest/gtest.h>
#include <string>

namespace orc {
namespace {

class CachedSchemaValidatorTest : public ::testing::Test {
 protected:
  static std::string message(Result<void> result) { return result ? "fits" : result.error().message; }

  Result<void> run(Async<void> check) {
    std::optional<Result<void>> result;
    boost::asio::co_spawn(io_, std::move(check), [&result](const std::exception_ptr&, Result<void> answer) { result = std::move(answer); });
    io_.restart();
    io_.run();
    return result.value();
  }

  // "fits", or the index and the message.
  std::string run_all(std::vector<SchemaCheck> checks) {
    std::string said;
    boost::asio::co_spawn(io_, validator_.validate_all(std::move(checks)), [&said](const std::exception_ptr&, const auto& answer) {
      said = answer ? "fits" : std::to_string(answer.error().index) + " " + answer.error().error.message;
    });
    io_.restart();
    io_.run();
    return said;
  }

  boost::asio::io_context io_;  // outlives the pool, which resumes on it
  WorkPool pool_{"schema checks", {.threads = 2, .waiting_max = 8}};
  CachedSchemaValidator validator_{pool_, {.schemas_max = 2, .bytes_max = std::size_t{64} << 20}};
};

TEST_F(CachedSchemaValidatorTest, holds_documents_against_their_schema) {
  const std::optional<std::string> schema = R"({"required":["a"]})";
  EXPECT_EQ(message(run(validator_.validate(schema, R"({"a":1})"))), "fits");
  EXPECT_EQ(message(run(validator_.validate(schema, "{}"))), R"(as a whole: the required member "a" is missing)");
  EXPECT_TRUE(message(run(validator_.validate(schema, "{"))).starts_with("Invalid JSON"));
  EXPECT_EQ(message(run(validator_.validate(std::nullopt, "[1]"))), "fits");
  EXPECT_TRUE(message(run(validator_.validate(std::nullopt, "[1"))).starts_with("Invalid JSON"));
  EXPECT_TRUE(message(run(validator_.validate(R"({"type":"x"})", "1"))).contains("/type"));
}

TEST_F(CachedSchemaValidatorTest, refuses_what_is_no_schema) {
  EXPECT_EQ(message(run(validator_.check_schema("{}"))), "fits");
  const auto refused = run(validator_.check_schema(R"({"type":"nonsense"})"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
}

TEST_F(CachedSchemaValidatorTest, compiles_a_schema_once_and_forgets_the_one_used_longest_ago) {
  for (const char* schema : {"{}", "true", "{}", "false", "{}", "true"}) {
    EXPECT_EQ(run(validator_.validate(schema, "1")).has_value(), std::string_view(schema) != "false");
  }
  const auto counts = validator_.counts();
  EXPECT_EQ(counts.misses, 4U);  // {}, true, false, and true again, which false had pushed out
  EXPECT_EQ(counts.hits, 2U);
  EXPECT_EQ(counts.schemas, 2U);
  EXPECT_GT(counts.bytes, 0U);
}

TEST_F(CachedSchemaValidatorTest, keeps_the_newest_even_beyond_its_memory) {
  CachedSchemaValidator small(pool_, {.schemas_max = 10, .bytes_max = 1});
  EXPECT_TRUE(run(small.validate("{}", "1")).has_value());
  EXPECT_TRUE(run(small.validate("{}", "1")).has_value());
  EXPECT_TRUE(run(small.validate("true", "1")).has_value());
  EXPECT_EQ(small.counts().schemas, 1U);
  EXPECT_EQ(small.counts().hits, 1U);
}

TEST_F(CachedSchemaValidatorTest, checks_that_turn_out_long_end_all_the_same) {
  std::string many = "[0";
  for (int i = 0; i < 7'000; ++i) many += ",0";
  EXPECT_EQ(message(run(validator_.validate(R"({"items":{"type":"number","minimum":0}})", many + "]"))),
            "fits");  // more steps than at once
  EXPECT_EQ(message(run(validator_.validate(R"({"items":{"type":"number"}})", many + "," + many.substr(1) + "]"))),
            "fits");  // longer than at once
  std::string doubling = R"({"$ref":"#/$defs/l0","$defs":{"l40":true)";
  for (int i = 0; i < 40; ++i) {
    const std::string next = R"({"$ref":"#/$defs/l)" + std::to_string(i + 1) + "\"}";
    doubling += ",\"l" + std::to_string(i) + R"(":{"allOf":[)" + next + "," + next + "]}";
  }
  const auto given_up = run(validator_.validate(doubling + "}}", "1"));
  EXPECT_EQ(given_up.error().code, ErrorCode::invalid_argument) << "it can never do better";
  EXPECT_TRUE(given_up.error().message.starts_with("as a whole: ") && given_up.error().message.contains("4000000 steps"));
}

// Twice the work at each level of the document: valid, and about 2^(levels + 3) steps.
constexpr std::string_view doubling_schema =
    R"({"$defs":{"a":{"properties":{"x":{"allOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]}}}},"$ref":"#/$defs/a"})";

std::string nested(int levels) {
  std::string text;
  for (int i = 0; i < levels; ++i) text += R"({"x":)";
  return text + "1" + std::string(static_cast<std::size_t>(levels), '}');
}

TEST_F(CachedSchemaValidatorTest, long_checks_of_many_documents_let_others_come_in_between) {
  WorkPool one_thread("schema checks", {.threads = 1, .waiting_max = 8});
  CachedSchemaValidator validator(one_thread, {});
  const std::string schema(doubling_schema);
  const std::string document = nested(17);
  bool all_done = false;
  bool other_came_first = false;
  boost::asio::co_spawn(io_, validator.validate_all(std::vector<SchemaCheck>(4, {.schema = schema, .document = document})),
                        [&](const std::exception_ptr&, const auto& answer) { all_done = answer.has_value(); });
  const auto other = [&]() -> boost::asio::awaitable<void> {
    // Behind the compiling of the schema, and then behind the first turn.
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(co_await one_thread.run([]() -> Result<void> { return {}; }));
    other_came_first = !all_done;
  };
  boost::asio::co_spawn(io_, other(), [](const std::exception_ptr&) {});
  io_.run();
  EXPECT_TRUE(all_done);
  EXPECT_TRUE(other_came_first);
}

TEST_F(CachedSchemaValidatorTest, what_many_documents_cost_together_is_bounded) {
  CachedSchemaValidator validator(pool_, {.schemas_max = 2, .steps_together_max = 1'250'000});
  const std::string schema(doubling_schema);
  const std::string document = nested(15);
  std::optional<SchemaMisfit> misfit;
  const auto check = [&](std::size_t documents) {
    misfit.reset();
    boost::asio::co_spawn(io_, validator.validate_all(std::vector<SchemaCheck>(documents, {.schema = schema, .document = document})),
                          [&](const std::exception_ptr&, const auto& answer) {
                            if (!answer) misfit = answer.error();
                          });
    io_.restart();
    io_.run();
    return !misfit;
  };
  EXPECT_TRUE(check(2));
  EXPECT_FALSE(check(50));
  ASSERT_TRUE(misfit);
  EXPECT_GT(misfit->index, 1u);
  EXPECT_EQ(misfit->error.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(misfit->error.message.contains("1250000 steps together; send fewer at once")) << misfit->error.message;
}

TEST_F(CachedSchemaValidatorTest, the_first_of_many_that_does_not_fit_is_named) {
  const std::string text = R"({"type":"array"})";
  const std::string nonsense = R"({"type":"nonsense"})";
  const std::string long_one = "[0" + std::string(std::size_t{600} << 10, ' ') + "]";
  const SchemaCheck good{.schema = text, .document = "[1]"};
  const SchemaCheck large{.schema = text, .document = long_one};
  const SchemaCheck bad{.schema = text, .document = "{}"};
  EXPECT_EQ(run_all({}), "fits");
  EXPECT_EQ(run_all({good}), "fits");
  EXPECT_EQ(run_all({good, bad, bad}), "1 as a whole: {} is not of type array");
  EXPECT_EQ(run_all({large, large, good, large}), "fits");
  EXPECT_EQ(run_all({large, large, good, large, bad}), "4 as a whole: {} is not of type array");
  std::vector<SchemaCheck> many(1000, good);
  EXPECT_EQ(run_all(many), "fits");
  for (const std::size_t place : {999U, 100U, 99U, 0U}) {
    many[place] = bad;
    EXPECT_TRUE(run_all(many).starts_with(std::to_string(place) + " ")) << place;
  }
  EXPECT_TRUE(run_all({good, {.schema = nonsense, .document = "1"}}).starts_with("1 "));
}

TEST_F(CachedSchemaValidatorTest, many_documents_of_one_schema_look_for_it_once) {
  const std::string text = "{}";
  EXPECT_EQ(run_all(std::vector<SchemaCheck>(500, {.schema = text, .document = "1"})), "fits");
  EXPECT_EQ(validator_.counts().misses, 1U);
  EXPECT_EQ(validator_.counts().hits, 0U);
}

TEST_F(CachedSchemaValidatorTest, small_documents_with_long_checks_end_in_the_pool) {
  std::string many = "[0";
  for (int i = 0; i < 700; ++i) many += ",0";
  many += "]";
  const std::string text = R"({"items":{"type":"number","minimum":0}})";
  EXPECT_EQ(run_all(std::vector<SchemaCheck>(10, {.schema = text, .document = many})), "fits");
}

}  // namespace
}  // namespace orc
