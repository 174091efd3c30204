#include "adapters/json_schema/json_schema.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace orc {
namespace {

class JsonSchema : public ::testing::Test {
 protected:
  std::string message(std::string_view schema, std::string_view instance) {
    const auto compiled = compiler_.compile(schema);
    if (!compiled) return "refused: " + compiled.error().message;
    const auto fits = (*compiled)->validate_text(instance);
    return fits ? "fits" : fits.error().message;
  }

  const SchemaCompiler compiler_;
};

TEST_F(JsonSchema, names_the_pointer_and_the_reason_of_the_first_fault) {
  struct Case {
    std::string_view schema;
    std::string_view instance;
    std::string_view message;
  };
  const Case cases[] = {
      {R"({"properties":{"features":{"items":{"type":"number"}}}})", R"({"features":["x"]})", R"(/features/0: "x" is not of type number)"},
      {R"({"type":["string","null","integer"]})", "1.5", "as a whole: 1.5 is not of type null, string or integer"},
      {R"({"required":["features"]})", "{}", R"(as a whole: the required member "features" is missing)"},
      {R"({"properties":{"a/b~c":{"minimum":3}}})", R"({"a/b~c":2})", "/a~1b~0c: 2 is less than the minimum of 3"},
      {R"({"maximum":3.50})", "4", "as a whole: 4 is more than the maximum of 3.50"},
      {R"({"exclusiveMinimum":3})", "3", "as a whole: 3 is not more than 3"},
      {R"({"exclusiveMaximum":3})", "3", "as a whole: 3 is not less than 3"},
      {R"({"multipleOf":2})", "3", "as a whole: 3 is not a multiple of 2"},
      {R"({"enum":["a",1]})", "2", R"(as a whole: 2 is not one of "a", 1)"},
      {R"({"const":{"a":1}})", "{}", R"(as a whole: {} is not {"a":1})"},
      {R"({"minLength":2})", R"("x")", R"(as a whole: "x" is shorter than 2 characters)"},
      {R"({"maxLength":1})", R"("xy")", R"(as a whole: "xy" is longer than 1 character)"},
      {R"({"pattern":"^a"})", R"("b")", R"(as a whole: "b" does not match the pattern ^a)"},
      {R"({"minItems":2})", "[1]", "as a whole: has 1 element, at least 2 needed"},
      {R"({"maxItems":1})", "[1,2]", "as a whole: has 2 elements, at most 1 allowed"},
      {R"({"uniqueItems":true})", "[1,2,1.0]", "as a whole: elements 0 and 2 are equal"},
      {R"({"contains":{"const":1}})", "[2]", "as a whole: 0 elements fit what must be contained, at least 1 needed"},
      {R"({"contains":{"const":1},"maxContains":1})", "[1,1]", "as a whole: 2 elements fit what must be contained, at most 1 allowed"},
      {R"({"minProperties":1})", "{}", "as a whole: has 0 members, at least 1 needed"},
      {R"({"maxProperties":0})", R"({"a":1})", "as a whole: has 1 member, at most 0 allowed"},
      {R"({"additionalProperties":false})", R"({"a":1})", "/a: no value is allowed here"},
      {R"({"propertyNames":{"maxLength":1}})", R"({"ab":1})", R"(/ab: "ab" is longer than 1 character)"},
      {R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})", R"(as a whole: the member "b" is missing, which "a" requires)"},
      {R"({"not":{"type":"null"}})", "null", "as a whole: null fits what it must not fit"},
      {R"({"oneOf":[{},{"type":"string"},true]})", "1", "as a whole: fits alternatives 1 and 3, exactly one is allowed"},
      {R"({"properties":{"x":{"anyOf":[{"type":"integer"},{"properties":{"y":{"const":1}}},{"type":"null"}]}}})", R"({"x":{"y":2}})",
       R"(/x: fits none of the alternatives ({"y":2} is not of type integer; /y: 2 is not 1; {"y":2} is not of type null))"},
      {R"({"unevaluatedProperties":false,"properties":{"a":true}})", R"({"a":1,"b":2})", "/b: no value is allowed here"},
      {"true", "[", "Invalid JSON: the text ends where a value is expected at byte 1 (line 1, column 2)"},
  };
  for (const auto& c : cases) EXPECT_EQ(message(c.schema, c.instance), c.message) << c.schema;
}

TEST_F(JsonSchema, clips_what_it_quotes_between_characters) {
  std::string umlauts;
  for (int i = 0; i < 100; ++i) umlauts += "\xC3\xA4";
  const std::string text = message(R"({"type":"null"})", "\"" + umlauts + "\"");
  EXPECT_LT(text.size(), 150U);
  EXPECT_TRUE(text.contains("\xC3\xA4…")) << text;
}

TEST_F(JsonSchema, refuses_what_is_no_schema_with_its_pointer) {
  struct Case {
    std::string_view schema;
    std::string_view message;
  };
  const Case cases[] = {
      {R"({"type":"nonsense"})", "/type"},
      {R"({"properties":{"a":{"minLength":-1}}})", "/properties/a/minLength: -1 is less than the minimum of 0"},
      {R"({"properties":[]})", "/properties: [] is not of type object"},
      {R"({"required":["a","a"]})", "/required: elements 0 and 1 are equal"},
      {R"({"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":1}]})", "no JSON Schema of draft-07: /items"},
      {R"({"items":[{"type":"string"}]})", "no JSON Schema of draft 2020-12: /items"},
      {"5", "no JSON Schema"},
      {"{", "Invalid JSON"},
      {R"x({"pattern":"(?=a)"})x", "#/pattern: the pattern (?=a) cannot be used: look-around"},
      {R"({"patternProperties":{"(":{}}})", "#/patternProperties: the pattern ( cannot be used"},
      {R"({"$ref":"http://127.0.0.1:1/canary.json"})", R"(#: the reference "http://127.0.0.1:1/canary.json" leads out of the schema)"},
      {R"({"properties":{"a":{"$ref":"file:///etc/passwd"}}})",
       R"(#/properties/a: the reference "file:///etc/passwd" leads out of the schema)"},
      {R"({"$ref":"#/$defs/none"})", R"(#: the reference "#/$defs/none" leads nowhere)"},
      {R"({"$ref":"#none"})", "leads nowhere"},
      {R"({"$ref":"#/x","x":{"type":"nonsense"}})", "no JSON Schema"},
      {R"({"$ref":"#/x","x":5})", "leads to no schema"},
      {R"({"$ref":"#"})", "#: the schema leads back to itself"},
      {R"({"$defs":{"a":{"allOf":[{"$ref":"#/$defs/b"}]},"b":{"anyOf":[true,{"$ref":"#/$defs/a"}]}},"$ref":"#/$defs/a"})",
       "leads back to itself"},
      {R"({"dependentSchemas":{"a":{"$ref":"#"}}})", "leads back to itself"},
      {R"({"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}})", "the anchor x is used twice"},
      {R"({"$defs":{"a":{"$id":"http://x/y"},"b":{"$id":"http://x/y"}}})", "the $id http://x/y is used twice"},
      {R"({"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"a":{"$id":"http://x/y","$schema":"https://json-schema.org/draft/2020-12/schema","prefixItems":5}}})",
       "no JSON Schema of draft 2020-12: /prefixItems"},
  };
  for (const auto& c : cases) {
    const auto compiled = compiler_.compile(c.schema);
    ASSERT_FALSE(compiled.has_value()) << c.schema;
    EXPECT_EQ(compiled.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(compiled.error().message.contains(c.message)) << c.schema << ": " << compiled.error().message;
  }
}

TEST_F(JsonSchema, names_every_pattern_and_reference_that_it_refuses) {
  const auto refused = compiler_.compile(R"x({"properties":{"a":{"pattern":"(?=a)"},"b":{"pattern":"(?!b)"},"c":{"$ref":"http://x/y"}}})x");
  ASSERT_FALSE(refused);
  for (const std::string_view part : {"#/properties/a/pattern: ", "; #/properties/b/pattern: ", "; #/properties/c: "})
    EXPECT_TRUE(refused.error().message.contains(part)) << refused.error().message;
  std::string many = R"x({"properties":{"0":{"pattern":"(?=a)"})x";
  for (int i = 1; i < 100; ++i) many += ",\"" + std::to_string(i) + R"x(":{"pattern":"(?=a)"})x";
  EXPECT_EQ(std::ranges::count(compiler_.compile(many + "}}").error().message, ';'), 19) << "so many are told at most";
}

TEST_F(JsonSchema, reads_each_dialect_by_its_own_rules) {
  EXPECT_EQ(
      message(R"({"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#/definitions/a","type":"null","definitions":{"a":true}})",
              "1"),
      "fits");
  EXPECT_EQ(message(R"({"$ref":"#/$defs/a","type":"null","$defs":{"a":true}})", "1"), "as a whole: 1 is not of type null");
  EXPECT_EQ(message(R"({"$schema":"http://json-schema.org/draft-07/schema#","prefixItems":[false]})", "[1]"), "fits");
  EXPECT_EQ(message(R"({"$ref":"#/definitions/a","definitions":{"a":{"type":"null"}}})", "1"), "as a whole: 1 is not of type null");
  EXPECT_EQ(message(R"({"format":"email","unknownKeyword":{"type":"nonsense"}})", "\"x\""), "fits");
  EXPECT_EQ(message(R"({"$ref":"https://json-schema.org/draft/2020-12/schema"})", R"({"type":"x"})").substr(0, 5), "/type");
}

TEST_F(JsonSchema, names_the_two_dialects_that_it_knows_when_it_refuses_another) {
  for (const std::string_view dialect : {"https://json-schema.org/draft/2019-09/schema", "http://json-schema.org/draft-04/schema#",
                                         "http://json-schema.org/draft-06/schema#", "https://example.org/own", ""}) {
    const std::string named = R"({"$schema":")" + std::string(dialect) + R"("})";
    for (const auto& [schema, pointer] :
         {std::pair(named, "#/$schema: "),
          std::pair(R"({"$defs":{"a":)" + named.substr(0, named.size() - 1) + R"(,"$id":"http://x/y"}}})", "#/$defs/a/$schema: ")}) {
      const auto compiled = compiler_.compile(schema);
      ASSERT_FALSE(compiled.has_value()) << schema;
      EXPECT_EQ(compiled.error().message, pointer + ("the dialect \"" + std::string(dialect) +
                                                     "\" is not supported; use https://json-schema.org/draft/2020-12/schema or "
                                                     "http://json-schema.org/draft-07/schema#, or leave $schema out for the former"));
    }
  }
}

TEST_F(JsonSchema, knows_a_dialect_by_either_scheme_and_with_or_without_a_fragment) {
  for (const std::string_view dialect : {"https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft/2020-12/schema#"})
    EXPECT_EQ(message(R"({"$schema":")" + std::string(dialect) + R"(","prefixItems":[false]})", "[1]"), "/0: no value is allowed here");
  for (const std::string_view dialect : {"http://json-schema.org/draft-07/schema", "https://json-schema.org/draft-07/schema#"})
    EXPECT_EQ(message(R"({"$schema":")" + std::string(dialect) + R"(","prefixItems":[false]})", "[1]"), "fits");
}

TEST_F(JsonSchema, compares_numbers_by_value_and_exactly) {
  EXPECT_EQ(message(R"({"enum":[1]})", "1.0"), "fits");
  EXPECT_EQ(message(R"({"const":{"a":[100]}})", R"({ "\u0061" : [1e2] })"), "fits");
  EXPECT_EQ(message(R"({"maximum":9007199254740992})", "9007199254740993"),
            "as a whole: 9007199254740993 is more than the maximum of 9007199254740992");
  EXPECT_EQ(message(R"({"uniqueItems":true})", "[9007199254740992,9007199254740993]"), "fits");
  EXPECT_EQ(message(R"({"multipleOf":0.01})", "0.0075"), "as a whole: 0.0075 is not a multiple of 0.01");
  EXPECT_EQ(message(R"({"multipleOf":0.01})", "19.99"), "fits");
  EXPECT_EQ(message(R"({"type":"integer","multipleOf":0.123456789})", "1e308"), "as a whole: 1e308 is not a multiple of 0.123456789");
  EXPECT_EQ(message(R"({"multipleOf":0.1234567890123456789})", "0.1234567890123456789"), "fits");
  EXPECT_EQ(message(R"({"minLength":1e99})", "\"x\""), "as a whole: \"x\" is shorter than 9223372036854775807 characters");
}

TEST_F(JsonSchema, keeps_nothing_of_the_text_it_was_compiled_from) {
  auto text =
      std::make_unique<std::string>(R"({"properties":{"a":{"const":"long enough to live on the heap, and a \u00e4"}},"minimum":1.5})");
  const auto compiled = compiler_.compile(*text);
  text->assign(text->size(), ' ');
  text.reset();
  ASSERT_TRUE(compiled.has_value());
  EXPECT_TRUE((*compiled)->validate_text(R"({"a":"long enough to live on the heap, and a \u00e4"})").has_value());
  EXPECT_FALSE((*compiled)->validate_text("1").has_value());
  EXPECT_GT((*compiled)->memory_bytes(), 500U);
}

}  // namespace
}  // namespace orc
