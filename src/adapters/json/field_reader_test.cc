#include "adapters/json/field_reader.h"

#include <gtest/gtest.h>
#include <string>

#include "adapters/json/json_document.h"
#include "adapters/json/time_text.h"

namespace orc {
namespace {

bool is_lower_case(std::string_view characters) {
  return characters.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos;
}

struct Body {
  explicit Body(std::string text_of_body) : text(std::move(text_of_body)), document(JsonDocument::parse(text).value()) {}
  std::string text;
  JsonDocument document;
  FieldReader reader{document.root(), {"body"}};
};

std::string listed(const FieldReader& reader) {
  std::string out;
  JsonWriter json(out);
  write_faults(json, reader.faults());
  return out;
}

TEST(FieldReader, takes_what_fits_and_leaves_no_fault) {
  Body body(R"({"name":"\u00e4b","n":3.0,"x":0.5,"yes":true,"o":{ "a":1 },"l":["p","q"],"m":{"k":"v"},"t":"2026-01-31T12:00:00.2509+02:00",
                "null":null,"unknown":[1],"any":7})");
  auto& r = body.reader;
  EXPECT_EQ(r.required_string("name", {.length_min = 2, .length_max = 2}),
            "\xC3\xA4"
            "b");
  EXPECT_EQ(r.required_integer("n", {.min = 3, .max = 3}), 3);
  EXPECT_EQ(r.optional_number("x", 0, 1), 0.5);
  EXPECT_TRUE(r.required_boolean("yes"));
  EXPECT_EQ(r.required_object("o")->raw(), "{ \"a\":1 }");
  EXPECT_EQ(r.optional_string_list("l", 2, {.length_max = 1})->at(1), "q");
  EXPECT_EQ(r.optional_string_map("m", {})->at("k"), "v");
  EXPECT_EQ(time_text(*r.optional_time("t")), "2026-01-31T10:00:00.250Z");
  EXPECT_EQ(r.optional_string("null", {}), std::nullopt);
  EXPECT_EQ(r.optional_integer("absent", {}), std::nullopt);
  EXPECT_EQ(r.optional_value("any")->raw(), "7");
  EXPECT_TRUE(r.has("null") && r.is_null("null") && !r.has("absent") && !r.is_null("name"));
  EXPECT_TRUE(r.faults().empty()) << listed(r);
}

TEST(FieldReader, collects_all_faults_at_once_as_clients_know_them) {
  Body body(R"({"short":"abc","long":"abcd","pattern":"ABC","nul":"a\u0000","kind":5,"n":"5","low":-1,"high":10,"half":1.5,"huge":1e30,
                "yes":1,"o":[],"l":{},"m":{"k":1},"t":"yesterday","list":["a",2]})");
  auto& r = body.reader;
  r.required_string("missing", {});
  r.required_string("short", {.length_min = 8});
  r.required_string("long", {.length_max = 3});
  r.required_string("pattern", {.pattern = StringPattern{"^[a-z]*$", is_lower_case}});
  r.required_string("nul", {});
  r.required_string("kind", {});
  r.optional_integer("n", {});
  r.optional_integer("low", {.min = 0, .max = 9});
  r.optional_integer("high", {.min = 0, .max = 9});
  r.optional_integer("half", {});
  r.optional_integer("huge", {});
  r.optional_boolean("yes");
  r.optional_object("o");
  r.optional_array("l");
  r.optional_string_map("m", {});
  r.optional_time("t");
  r.optional_string_list("list", 10, {});
  r.add_fault("email", "value is not a valid email address");
  EXPECT_EQ(
      listed(r),
      R"([{"loc":["body","missing"],"msg":"Field required","type":"missing"},)"
      R"({"loc":["body","short"],"msg":"String should have at least 8 characters","type":"string_too_short"},)"
      R"({"loc":["body","long"],"msg":"String should have at most 3 characters","type":"string_too_long"},)"
      R"({"loc":["body","pattern"],"msg":"String should match pattern '^[a-z]*$'","type":"string_pattern_mismatch"},)"
      R"({"loc":["body","nul"],"msg":"Value error, the character U+0000 is not allowed","type":"value_error"},)"
      R"({"loc":["body","kind"],"msg":"Input should be a valid string","type":"string_type"},)"
      R"({"loc":["body","n"],"msg":"Input should be a valid integer","type":"int_type"},)"
      R"({"loc":["body","low"],"msg":"Input should be greater than or equal to 0","type":"greater_than_equal"},)"
      R"({"loc":["body","high"],"msg":"Input should be less than or equal to 9","type":"less_than_equal"},)"
      R"({"loc":["body","half"],"msg":"Input should be a valid integer, got a number with a fractional part","type":"int_from_float"},)"
      R"({"loc":["body","huge"],"msg":"Input should be less than or equal to 9223372036854775807","type":"less_than_equal"},)"
      R"({"loc":["body","yes"],"msg":"Input should be a valid boolean","type":"bool_type"},)"
      R"({"loc":["body","o"],"msg":"Input should be a valid dictionary","type":"dict_type"},)"
      R"({"loc":["body","l"],"msg":"Input should be a valid list","type":"list_type"},)"
      R"({"loc":["body","m","k"],"msg":"Input should be a valid string","type":"string_type"},)"
      R"({"loc":["body","t"],"msg":"Input should be a valid datetime, as RFC 3339 with an offset, e.g. 2026-01-31T12:00:00Z","type":"datetime_parsing"},)"
      R"({"loc":["body","list",1],"msg":"Input should be a valid string","type":"string_type"},)"
      R"({"loc":["body","email"],"msg":"value is not a valid email address","type":"value_error"}])");
}

TEST(FieldReader, says_once_that_the_body_is_no_object) {
  Body body("[1]");
  body.reader.required_string("name", {});
  EXPECT_EQ(listed(body.reader), R"([{"loc":["body"],"msg":"Input should be a valid dictionary","type":"dict_type"}])");
}

TEST(FieldReader, a_required_field_that_is_null_is_of_the_wrong_type) {
  Body body(R"({"name":null})");
  body.reader.required_string("name", {});
  EXPECT_EQ(body.reader.faults().at(0).type, "string_type");
}

TEST(FieldFault, reads_integers_that_come_as_text) {
  struct Case {
    const char* text;
    std::int64_t value;
    const char* type;
  };
  const Case cases[] = {
      {"0", 0, ""},
      {"100", 100, ""},
      {"-1", 0, "greater_than_equal"},
      {"101", 0, "less_than_equal"},
      {"1e3", 0, "int_parsing"},
      {"", 0, "int_parsing"},
      {"+1", 0, "int_parsing"},
      {" 1", 0, "int_parsing"},
      {"1.0", 0, "int_parsing"},
      {"9223372036854775808", 0, "less_than_equal"},
      {"-99999999999999999999", 0, "greater_than_equal"},
  };
  for (const auto& c : cases) {
    const auto read = read_integer_text(c.text, 0, 100, {"query", "skip"});
    EXPECT_EQ(read.has_value() ? "" : read.error().type, c.type) << c.text;
    if (read) EXPECT_EQ(*read, c.value) << c.text;
  }
}

TEST(TimeText, takes_rfc_3339_only) {
  struct Case {
    const char* text;
    const char* utc;
  };
  const Case good[] = {
      {"2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"},          {"2026-01-31t12:00:00.1z", "2026-01-31T12:00:00.100Z"},
      {"1969-12-31T23:59:59.999-00:01", "1970-01-01T00:00:59.999Z"}, {"2024-02-29T00:00:00+23:59", "2024-02-28T00:01:00.000Z"},
      {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},          {"0001-01-01 00:00:00Z", "0001-01-01T00:00:00.000Z"},
  };
  for (const auto& c : good) {
    const auto time = parse_time_text(c.text);
    ASSERT_TRUE(time.has_value()) << c.text;
    EXPECT_EQ(time_text(*time), c.utc);
  }
  for (const char* text :
       {"", "2026", "2026-01-31", "2026-01-31T12:00:00", "2026-02-29T12:00:00Z", "2026-13-01T00:00:00Z", "2026-01-31T24:00:00Z",
        "2026-01-31T12:60:00Z", "2026-01-31T12:00:61Z", "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00ZZ", "2026-01-31T12:00:00+2:00",
        "2026-01-31T12:00:00+24:00", "26-01-31T12:00:00Z", "2026-00-10T12:00:00Z", "2026-01-00T12:00:00Z"}) {
    EXPECT_FALSE(parse_time_text(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace orc
