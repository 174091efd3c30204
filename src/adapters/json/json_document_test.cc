#include "adapters/json/json_document.h"

#include <cmath>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace orc {
namespace {

using namespace std::string_literals;

JsonDocument parsed(std::string_view text) {
  auto document = JsonDocument::parse(text);
  EXPECT_TRUE(document.has_value()) << text;
  return std::move(document).value();
}

TEST(JsonDocument, answers_the_bytes_of_every_value_as_they_came) {
  constexpr std::string_view text = R"( {"name" : "x",  "input_data":{ "a" : [1.0, 0.87 ,1e2] , "\u00e4":null }, "n":-0 } )";
  const auto document = parsed(text);
  const JsonValue root = document.root();
  EXPECT_EQ(root.size(), 3U);
  EXPECT_EQ(root.find("input_data")->raw(), R"({ "a" : [1.0, 0.87 ,1e2] , "\u00e4":null })");
  EXPECT_EQ(root.find("input_data")->find("a")->raw(), "[1.0, 0.87 ,1e2]");
  EXPECT_EQ(root.find("n")->raw(), "-0");
  EXPECT_EQ(root.find("name")->raw(), "\"x\"");
  EXPECT_EQ(root.find("name")->offset(), text.find("\"x\""));
}

TEST(JsonDocument, walks_elements_and_members_in_the_order_of_the_text) {
  const auto document = parsed(R"([10,[11,12],{"z":[],"a":{"b":1}},"s"])");
  std::vector<std::string> seen;
  for (const auto element : document.root().elements()) seen.emplace_back(element.raw());
  EXPECT_EQ(seen, (std::vector<std::string>{"10", "[11,12]", R"({"z":[],"a":{"b":1}})", "\"s\""}));
  std::vector<std::string> keys;
  for (const auto element : document.root().elements()) {
    for (const auto& member : element.members()) keys.push_back(member.key.string() + "=" + std::string(member.value.raw()));
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"z=[]", "a={\"b\":1}"}));
  EXPECT_EQ(document.root().size(), 4U);
  EXPECT_EQ(document.root().node_count(), 13U);
}

TEST(JsonDocument, finds_members_by_their_unescaped_name) {
  const auto document = parsed(R"({"\u0061b":1,"c\n":2,"":3})");
  EXPECT_EQ(document.root().find("ab")->as_int64(), 1);
  EXPECT_EQ(document.root().find("c\n")->as_int64(), 2);
  EXPECT_EQ(document.root().find("")->as_int64(), 3);
  EXPECT_FALSE(document.root().find("c\\n").has_value());
  EXPECT_FALSE(document.root().find("ab")->find("x").has_value());
}

TEST(JsonDocument, resolves_escapes_to_utf_8) {
  struct Case {
    std::string text;
    std::string characters;
  };
  const Case cases[] = {
      {R"("")", ""},
      {R"("plain")", "plain"},
      {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
      {R"("\u0000")", "\0"s},
      {R"("\u0041\u00e4\u20AC\uD83D\uDE00")", "A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
      {R"("\\u0041")", "\\u0041"},
      {R"("x\uDBFF\uDFFFy")", "x\xF4\x8F\xBF\xBFy"},
  };
  for (const auto& c : cases) {
    const auto document = parsed(c.text);
    EXPECT_EQ(document.root().string(), c.characters) << c.text;
    std::string scratch;
    EXPECT_EQ(document.root().string(scratch), c.characters) << c.text;
    EXPECT_TRUE(document.root().is_string_equal_to(c.characters)) << c.text;
    EXPECT_FALSE(document.root().is_string_equal_to(c.characters + "x")) << c.text;
  }
}

TEST(JsonDocument, reads_a_number_as_integer_when_its_value_is_one) {
  struct Case {
    std::string text;
    std::optional<std::int64_t> integer;
    double number;
  };
  const Case cases[] = {
      {"0", 0, 0.0},
      {"-0", 0, -0.0},
      {"1.0", 1, 1.0},
      {"1e2", 100, 100.0},
      {"120e-1", 12, 12.0},
      {"1.50e1", 15, 15.0},
      {"0.87", {}, 0.87},
      {"1e-400", {}, 0.0},
      {"9223372036854775807", INT64_MAX, 9223372036854775807.0},
      {"-9223372036854775808", INT64_MIN, -9223372036854775808.0},
      {"9223372036854775808", {}, 9223372036854775808.0},
      {"-9223372036854775809", {}, -9223372036854775808.0},
      {"1e300", {}, 1e300},
      {"0e999", 0, 0.0},
  };
  for (const auto& c : cases) {
    const auto document = parsed(c.text);
    EXPECT_EQ(document.root().as_int64(), c.integer) << c.text;
    EXPECT_EQ(document.root().as_double(), c.number) << c.text;
  }
}

TEST(JsonDocument, answers_nothing_for_a_value_of_another_kind) {
  const auto document = parsed(R"([null,true,1,"s",[],{}])");
  for (const auto element : document.root().elements()) {
    EXPECT_EQ(element.as_boolean().has_value(), element.is_boolean());
    EXPECT_EQ(element.as_int64().has_value(), element.is_number());
    EXPECT_EQ(element.as_double().has_value(), element.is_number());
    EXPECT_EQ(element.as_string().has_value(), element.is_string());
    EXPECT_TRUE(element.elements().begin() == element.elements().end());
    EXPECT_TRUE(element.members().begin() == element.members().end());
    EXPECT_EQ(element.size(), 0U);
  }
}

TEST(JsonDocument, stays_readable_when_moved_and_is_used_again) {
  auto first = parsed("[1,2,3]");
  const JsonValue root = first.root();
  const JsonDocument second = std::move(first);
  EXPECT_EQ(root.raw(), "[1,2,3]");
  EXPECT_EQ(second.root().size(), 3U);

  JsonDocument again;
  ASSERT_TRUE(again.assign("{\"a\":1}").has_value());
  EXPECT_FALSE(again.assign("{").has_value());
  ASSERT_TRUE(again.assign("[7]").has_value());
  EXPECT_EQ(again.root().raw(), "[7]");
}

}  // namespace
}  // namespace orc
