#include "adapters/json/json_decimal.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <string>

namespace orc {
namespace {

TEST(JsonDecimal, compares_by_exact_value) {
  struct Case {
    const char* less;
    const char* more;
  };
  const Case cases[] = {
      {"0", "1"},
      {"-1", "0"},
      {"-2", "-1"},
      {"0.1", "0.11"},
      {"9", "10"},
      {"9007199254740992", "9007199254740993"},
      {"-9007199254740993", "-9007199254740992"},
      {"1e-400", "1e-399"},
      {"0", "1e-999999999999999999999"},
      {"99e1", "1e3"},
      {"12345678910111213141511", "12345678910111213141512"},
      {"0.00999", "1e-2"},
  };
  for (const auto& c : cases) EXPECT_LT(JsonDecimal(c.less), JsonDecimal(c.more)) << c.less << " " << c.more;
}

TEST(JsonDecimal, is_equal_however_it_is_written) {
  struct Case {
    const char* a;
    const char* b;
  };
  const Case cases[] = {{"1", "1.0"},     {"1", "10e-1"},    {"100", "1e2"},   {"0", "-0.0e5"},
                        {"0.10", "1e-1"}, {"120", "1.2E+2"}, {"0.001", "1e-3"}};
  for (const auto& c : cases) {
    EXPECT_EQ(JsonDecimal(c.a), JsonDecimal(c.b)) << c.a << " " << c.b;
    EXPECT_EQ(JsonDecimal(c.a).hash(), JsonDecimal(c.b).hash()) << c.a << " " << c.b;
  }
}

TEST(JsonDecimal, knows_multiples_exactly) {
  struct Case {
    const char* value;
    const char* divisor;
    bool multiple;
  };
  const Case cases[] = {
      {"10", "2", true},
      {"7", "2", false},
      {"22", "2.0", true},
      {"4.5", "1.5", true},
      {"35", "1.5", false},
      {"0.0075", "0.0001", true},
      {"0.00751", "0.0001", false},
      {"0.0075", "0.01", false},
      {"1e308", "0.123456789", false},
      {"1e308", "0.5", true},
      {"0", "0.3", true},
      {"5", "0", false},
      {"12391239123", "1e-8", true},
      {"1e-7", "1e-8", true},
      {"1e-9", "1e-8", false},
      {"-4.02", "2.01", true},
  };
  for (const auto& c : cases)
    EXPECT_EQ(JsonDecimal(c.value).is_multiple_of(JsonDecimal(c.divisor)), c.multiple) << c.value << " / " << c.divisor;
  EXPECT_EQ(JsonDecimal("1").is_multiple_of(JsonDecimal("0.1234567890123456789")), std::nullopt);
}

RC_GTEST_PROP(JsonDecimal, agrees_with_integer_arithmetic, (std::int64_t a, std::int64_t b)) {
  const std::string text_a = std::to_string(a);
  const std::string text_b = std::to_string(b);
  RC_ASSERT((JsonDecimal(text_a) <=> JsonDecimal(text_b)) == (a <=> b));
  RC_ASSERT(JsonDecimal(text_a).as_int64() == a);
  RC_ASSERT(JsonDecimal(text_a + ".5").as_int64() == std::nullopt);
  if (b != 0 && b != -1 && std::abs(b) < 1'000'000'000) RC_ASSERT(JsonDecimal(text_a).is_multiple_of(JsonDecimal(text_b)) == (a % b == 0));
}

}  // namespace
}  // namespace orc
