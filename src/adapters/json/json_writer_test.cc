#include "adapters/json/json_writer.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <rapidcheck/gtest.h>
#include <string>
#include <vector>

#include "adapters/json/json_document.h"
#include "adapters/json/utf8.h"

namespace orc {
namespace {

using namespace std::string_literals;

std::string written(const auto& value) {
  std::string out;
  JsonWriter(out).value(value);
  return out;
}

TEST(JsonWriter, writes_each_kind_of_value_with_commas_where_they_belong) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("id", 7);
  json.member("name", "x");
  json.member("none", nullptr);
  json.member("maybe", std::optional<int>());
  json.member("sure", std::optional<std::string>("yes"));
  json.member("big", std::numeric_limits<std::uint64_t>::max());
  json.member("flag", true);
  json.key("input_data").raw(R"({ "a" : 0.870 })");
  json.key("list").begin_array();
  json.value(1);
  json.begin_array();
  json.end_array();
  json.begin_object();
  json.end_object();
  json.value(std::string("s"));
  json.end_array();
  json.member("last", 0.87);
  json.end_object();
  EXPECT_EQ(out, R"({"id":7,"name":"x","none":null,"maybe":null,"sure":"yes","big":18446744073709551615,"flag":true,)"
                 R"("input_data":{ "a" : 0.870 },"list":[1,[],{},"s"],"last":0.87})");
}

TEST(JsonWriter, writes_doubles_in_their_shortest_form) {
  EXPECT_EQ(written(0.87), "0.87");
  EXPECT_EQ(written(1.0), "1");
  EXPECT_EQ(written(-0.1), "-0.1");
  EXPECT_EQ(written(1e22), "1e+22");
  EXPECT_EQ(written(5e-324), "5e-324");
  EXPECT_EQ(written(std::nan("")), "null");
  EXPECT_EQ(written(std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonWriter, escapes_what_must_be_and_repairs_what_is_no_utf_8) {
  struct Case {
    std::string characters;
    std::string json;
  };
  const Case cases[] = {
      {"", R"("")"},
      {"a\"b\\c/", R"("a\"b\\c/")"},
      {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
      {"\0\x1F\x7F"s, "\"\\u0000\\u001f\x7F\""},
      {"\xC3\xA4\xF0\x9F\x98\x80", "\"\xC3\xA4\xF0\x9F\x98\x80\""},
      {"a\xFFz", "\"a\xEF\xBF\xBDz\""},
      {"\xC3", "\"\xEF\xBF\xBD\""},
      {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
  };
  for (const auto& c : cases) EXPECT_EQ(written(c.characters), c.json);
}

RC_GTEST_PROP(JsonWriter, any_bytes_become_a_valid_string, (const std::string& bytes)) {
  const std::string json = written(bytes);
  const auto document = JsonDocument::parse(json);
  RC_ASSERT(document.has_value());
  const std::string back = document->root().string();
  RC_ASSERT(is_utf8(back));
  if (is_utf8(bytes)) RC_ASSERT(back == bytes);
}

RC_GTEST_PROP(JsonWriter, any_double_reads_back_as_itself, (std::uint64_t bits)) {
  double number = 0;
  std::memcpy(&number, &bits, sizeof number);
  RC_PRE(std::isfinite(number));
  const std::string json = written(number);
  const auto document = JsonDocument::parse(json);
  RC_ASSERT(document.has_value());
  RC_ASSERT(document->root().as_double() == number);
}

// A tree as the writer is told it and as the parser must tell it back.
void write_tree(JsonWriter& json, const std::vector<std::uint8_t>& choices, std::size_t& at, int depth) {
  const std::uint8_t choice = at < choices.size() ? choices[at++] : 0;
  const int children = choice / 6 % 5;
  if (choice % 6 < 4 || depth == 6) {
    if (choice % 4 == 0) json.value(nullptr);
    if (choice % 4 == 1) json.value(choice * 0.37);
    if (choice % 4 == 2) json.value(choice % 3 == 0);
    if (choice % 4 == 3) json.value(std::string(1, static_cast<char>(choice)) + "\"\\\n");
  } else if (choice % 6 == 4) {
    json.begin_array();
    for (int i = 0; i < children; ++i) write_tree(json, choices, at, depth + 1);
    json.end_array();
  } else {
    json.begin_object();
    for (int i = 0; i < children; ++i) {
      json.key("k\n" + std::to_string(i));
      write_tree(json, choices, at, depth + 1);
    }
    json.end_object();
  }
}

void write_again(JsonWriter& json, JsonValue value) {
  if (value.is_array()) {
    json.begin_array();
    for (const auto element : value.elements()) write_again(json, element);
    json.end_array();
  } else if (value.is_object()) {
    json.begin_object();
    for (const auto& member : value.members()) {
      json.key(member.key.string());
      write_again(json, member.value);
    }
    json.end_object();
  } else if (value.is_string()) {
    json.value(value.string());
  } else if (value.is_number()) {
    json.value(value.as_double());
  } else if (value.is_boolean()) {
    json.value(value.as_boolean());
  } else {
    json.value(nullptr);
  }
}

RC_GTEST_PROP(JsonWriter, what_it_writes_the_parser_reads_and_it_writes_the_same_again, (const std::vector<std::uint8_t>& choices)) {
  std::string first;
  JsonWriter json(first);
  std::size_t at = 0;
  json.begin_array();
  while (at < choices.size()) write_tree(json, choices, at, 0);
  json.end_array();
  const auto document = JsonDocument::parse(first);
  RC_ASSERT(document.has_value());
  RC_ASSERT(document->root().raw() == first);
  std::string second;
  JsonWriter again(second);
  write_again(again, document->root());
  RC_ASSERT(second == first);
}

}  // namespace
}  // namespace orc
