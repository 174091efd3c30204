// Which texts are JSON and which are not: one table each, after the cases every JSON test suite has.
#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/json/json_document.h"

namespace orc {
namespace {

using namespace std::string_literals;

std::vector<std::string> valid_texts() {
  return {
      "null",
      "true",
      "false",
      "0",
      "-0",
      "1",
      "-1",
      "123456789012345678901234567890",
      "0.5",
      "-0.0",
      "1e5",
      "1E5",
      "1e+5",
      "1e-5",
      "0e0",
      "0e+99",
      "0.0e999999999",
      "1.7976931348623157e308",
      "-1.7976931348623157e308",
      "5e-324",
      "1e-400",
      "-1e-99999999999999999999",
      "0." + std::string(400, '0') + "1",
      std::string(308, '9'),
      "10e-400",
      "0.87",
      R"("")",
      R"("a")",
      R"("\"\\\/\b\f\n\r\t")",
      R"("\u0000")",
      R"("\u0041")",
      R"("\uD83D\uDE00")",
      R"("\ud83d\ude00")",
      R"("\uFFFF")",
      R"("\u2028")",
      "\"\xE2\x80\xA8\"",
      "\"\xC3\xA4\"",
      "\"\xF0\x9F\x98\x80\"",
      "\"\xEF\xBF\xBF\"",
      "\"\xF4\x8F\xBF\xBF\"",
      "\"\x7F\"",
      "\"\xEF\xBB\xBF\"",
      "\"" + std::string(10'000, 'x') + "\"",
      R"("a very long string of more than eight bytes \u00e4 and more")",
      "[]",
      "[ ]",
      "[1]",
      "[1,2]",
      " [ 1 , 2 ] ",
      "[[]]",
      "[[],[]]",
      "[{}]",
      "[null,true,false]",
      "\t\r\n [\n1\t,\r2]\n",
      "[1,[2,[3,[4]]]]",
      "{}",
      "{ }",
      R"({"a":1})",
      R"({"a":{}})",
      R"({"":0})",
      R"({"":0," ":1})",
      R"( { "a" : [ ] , "b" : { } } )",
      R"({"a":1,"A":2})",
      R"({"\u0061":1,"b":2})",
      R"({"a":{"a":{"a":1}}})",
      R"([{"a":1},{"a":2}])",
      R"({"a\u0000b":1,"a":2})",
      std::string(128, '[') + std::string(128, ']'),
      "123.456e-7",
      R"(["\\"])",
      R"({"key":"v","list":[1,2,3],"n":null})",
  };
}

std::vector<std::string> invalid_texts() {
  return {
      "",
      " ",
      "\n",
      "\0"s,
      "\xEF\xBB\xBF",
      "\xEF\xBB\xBFnull",
      "nul",
      "nulll",
      "Null",
      "NULL",
      "True",
      "tru",
      "fals",
      "t",
      "n",
      "undefined",
      "NaN",
      "nan",
      "-NaN",
      "Infinity",
      "-Infinity",
      "inf",
      "+1",
      "+",
      "-",
      "--1",
      "- 1",
      "01",
      "-01",
      "00",
      "0x10",
      "0b1",
      "1.",
      ".5",
      "-.5",
      "1.e5",
      "1e",
      "1e+",
      "1E-",
      "1e1.5",
      "1e400",
      "-1e400",
      "1e999999999999999999999",
      std::string(400, '9'),
      "1.8e308",
      "1_000",
      "1,000",
      "1 2",
      "1a",
      "1f",
      "0e",
      "\xEF\xBC\x91",
      "'a'",
      "a",
      "\"",
      "\"a",
      "\"\\",
      "\"\\\"",
      R"("\a")",
      R"("\x41")",
      R"("\'")",
      R"("\0")",
      R"("\U0041")",
      R"("\u")",
      R"("\u1")",
      R"("\u12")",
      R"("\u123")",
      R"("\u123g")",
      R"("\u 123")",
      R"("\u+123")",
      R"("\uD800")",
      R"("\uDC00")",
      R"("\uD800\u0041")",
      R"("\uD800\uD800")",
      R"("\uDC00\uD800")",
      R"("\uD800x")",
      R"("\uD83D\\uDE00")",
      R"("\uD83D\uDE0")",
      "\"\t\"",
      "\"\n\"",
      "\"\x1F\"",
      "\"a\0b\""s,
      "\"\x80\"",
      "\"\xBF\"",
      "\"\xC0\x80\"",
      "\"\xC1\xBF\"",
      "\"\xC3\"",
      "\"\xC3(\"",
      "\"\xE0\x80\x80\"",
      "\"\xE0\x9F\xBF\"",
      "\"\xED\xA0\x80\"",
      "\"\xED\xBF\xBF\"",
      "\"\xE2\x82\"",
      "\"\xF0\x80\x80\x80\"",
      "\"\xF0\x8F\xBF\xBF\"",
      "\"\xF4\x90\x80\x80\"",
      "\"\xF5\x80\x80\x80\"",
      "\"\xFE\"",
      "\"\xFF\"",
      "\"\xFC\x80\x80\x80\x80\x80\"",
      "\"abcdefgh\xE2\x82\"",
      "\xE4",
      "[",
      "]",
      "[1",
      "[1,",
      "[1,]",
      "[,1]",
      "[,]",
      "[1,,2]",
      "[1 2]",
      "[1}",
      "[}",
      "[1:2]",
      "[\"a\"",
      "[\"a]",
      "[[]",
      "[]]",
      "[1]]",
      "[1]x",
      "[1],",
      "[1] [2]",
      "[][]",
      "[\f1]",
      "[\v1]",
      "[\xC2\xA0"
      "1]",
      "[1\0]"s,
      "[\"\"\0]"s,
      "[*]",
      "[-]",
      "[--1]",
      "[1+2]",
      "[a",
      "[nul]",
      "{",
      "}",
      "{]",
      "{\"a\"",
      "{\"a\":",
      "{\"a\":1",
      "{\"a\":1,",
      "{\"a\":1,}",
      "{,}",
      "{\"a\"}",
      "{\"a\",1}",
      "{\"a\" 1}",
      "{\"a\"::1}",
      "{\"a\":1 \"b\":2}",
      "{\"a\":1,,\"b\":2}",
      "{\"a\":1;\"b\":2}",
      "{a:1}",
      "{'a':1}",
      "{1:1}",
      "{null:1}",
      "{[]:1}",
      "{\"a\":}",
      "{\"a\":1]",
      "{\"a\":1}}",
      "{\"a\":1}x",
      "{\"a\":1}{}",
      "{} {}",
      "{\"a\":1}//",
      "/* */ 1",
      "1 // x",
      "# x\n1",
      "{\"a\":/**/1}",
      "{\"a\":1,\"a\":2}",
      "{\"a\":1,\"a\":1}",
      R"({"a":1,"\u0061":2})",
      R"({"\u0061":1,"a":2})",
      R"({"\/":1,"/":2})",
      R"({"b":{"a":1,"a":2}})",
      R"({"":1,"":2})",
      R"([{"x":1,"y":2,"x":3}])",
      std::string(129, '[') + std::string(129, ']'),
      std::string(129, '['),
      "{\"a\xFF\":1}",
      "\"a\" \"b\"",
      "\xFE\xFF\x00\x31"s,
      "1\x00"s,
      "null\xFF",
      "\xFFnull",
      "\"\\\xE4\"",
      "true false",
      "truefalse",
      "[true1]",
      "\xE2\x80\xA8"
      "1",
  };
}

TEST(JsonText, takes_every_valid_text_as_its_own_bytes) {
  ASSERT_GE(valid_texts().size(), 60U);
  for (const auto& text : valid_texts()) {
    const auto document = JsonDocument::parse(text);
    ASSERT_TRUE(document.has_value()) << text << ": " << document.error().message;
    const auto first = text.find_first_not_of(" \t\r\n");
    const auto last = text.find_last_not_of(" \t\r\n");
    EXPECT_EQ(document->root().raw(), std::string_view(text).substr(first, last - first + 1));
  }
}

TEST(JsonText, refuses_every_invalid_text) {
  ASSERT_GE(invalid_texts().size(), 100U);
  for (const auto& text : invalid_texts()) {
    const auto document = JsonDocument::parse(text);
    ASSERT_FALSE(document.has_value()) << text;
    EXPECT_EQ(document.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(document.error().message.starts_with("Invalid JSON: ")) << document.error().message;
  }
}

TEST(JsonText, refuses_every_beginning_of_a_text_and_never_reads_past_it) {
  const std::string text = R"({"key\n":[1.5e3,-2,"\uD83D\uDE00ä",true,false,null,{"a":{}}],"other key":"long enough for words"})";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::vector<char> exact(text.begin(),
                                  text.begin() + static_cast<std::ptrdiff_t>(size));  // a read past the end is seen by the sanitizer
    EXPECT_FALSE(JsonDocument::parse({exact.data(), exact.size()}).has_value()) << text.substr(0, size);
  }
  EXPECT_TRUE(JsonDocument::parse(text).has_value());
}

TEST(JsonText, says_what_is_wrong_and_where) {
  struct Case {
    std::string text;
    std::string message;
  };
  const Case cases[] = {
      {"", "Invalid JSON: the text ends where a value is expected at byte 0 (line 1, column 1)"},
      {"[1,\n 2 x]", "Invalid JSON: 'x' where ',' or ']' is expected at byte 7 (line 2, column 4)"},
      {"{\"a\":1,\"b\":2,\"a\":3}", "Invalid JSON: the key \"a\" a second time in one object at byte 13 (line 1, column 14)"},
      {"[1e400]", "Invalid JSON: a number beyond the range of a double at byte 1 (line 1, column 2)"},
      {"{} \xFF", "Invalid JSON: byte 0xFF after the end of the document at byte 3 (line 1, column 4)"},
      {"\"\xFF\"", "Invalid JSON: bytes that are not UTF-8 (0xFF) at byte 1 (line 1, column 2)"},
      {R"("\ud800")", "Invalid JSON: half of a surrogate pair at byte 1 (line 1, column 2)"},
      {"\xEF\xBB\xBF{}", "Invalid JSON: a byte order mark at byte 0 (line 1, column 1)"},
      {std::string(129, '['), "Invalid JSON: nesting deeper than the limit of 128 at byte 128 (line 1, column 129)"},
  };
  for (const auto& c : cases) {
    const auto document = JsonDocument::parse(c.text);
    ASSERT_FALSE(document.has_value()) << c.text;
    EXPECT_EQ(document.error().message, c.message);
  }
}

TEST(JsonText, refuses_a_text_beyond_a_limit) {
  struct Case {
    std::string text;
    JsonLimits limits;
    bool good;
  };
  const Case cases[] = {
      {"[1,2]", {.bytes_max = 5}, true}, {"[1,2]", {.bytes_max = 4}, false}, {"[[]]", {.depth_max = 2}, true},
      {"[[]]", {.depth_max = 1}, false}, {"1", {.depth_max = 0}, true},      {"[]", {.depth_max = 0}, false},
      {"[1,2]", {.nodes_max = 3}, true}, {"[1,2]", {.nodes_max = 2}, false}, {R"({"a":1})", {.nodes_max = 2}, false},
  };
  for (const auto& c : cases) EXPECT_EQ(JsonDocument::parse(c.text, c.limits).has_value(), c.good) << c.text;
}

TEST(JsonText, refuses_a_hundred_thousand_nested_arrays_at_the_limit_and_does_not_recurse) {
  const std::string open(100'000, '[');
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(JsonDocument::parse(open).has_value());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1))
      << "a tenth of a millisecond is usual; recursion or a second pass would be seen";
  const std::string whole = open + std::string(100'000, ']');
  EXPECT_TRUE(JsonDocument::parse(whole, {.depth_max = 100'000}).has_value());
}

TEST(JsonText, finds_the_repeated_key_among_many_without_comparing_all_pairs) {
  std::string text = "{";
  for (int i = 0; i < 50'000; ++i) text += "\"a key that starts as all the others do " + std::to_string(i) + "\":0,";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(JsonDocument::parse(text + "\"last\":0}").has_value());
  EXPECT_FALSE(JsonDocument::parse(text + R"("a key that st\u0061rts as all the others do 7":0})").has_value());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10)) << "comparing all pairs would take minutes";
}

}  // namespace
}  // namespace orc
