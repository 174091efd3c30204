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
  EXPECT_EQ(run(validator_.validate(doubling + "}}", "1")).error().code, ErrorCode::resource_exhausted);
}

}  // namespace
}  // namespace orc
