#include "adapters/json_schema/ecma_pattern.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <string>
#include <string_view>

namespace orc {
namespace {

using namespace std::string_literals;

TEST(EcmaPattern, means_what_ecma_262_says) {
  struct Case {
    std::string pattern;
    std::string text;
    bool matches;
  };
  const Case cases[] = {
      {"a+", "xxaayy", true},
      {"^a*$", "aab", false},
      {"^$", "\n", false},  // $ is the end, not a line break before it
      {R"(^\d+$)", "42", true},
      {R"(^\d+$)", "\xE0\xA7\xAA\xE0\xA7\xA8", false},  // Bengali digits are no \d
      {R"(^\w+$)", "a_9", true},
      {R"(^\w+$)", "\xC3\xA9", false},
      {R"(^\s$)", "\xC2\xA0", true},
      {R"(^\s$)", "\xE2\x80\x83", true},
      {R"(^\s$)", "\xEF\xBB\xBF", true},
      {R"(^\s$)", "\v", true},
      {R"(^\S$)", "\xC2\xA0", false},
      {R"(^[\s]$)", "\xE2\x80\xA8", true},
      {R"(^[\S]$)", "x", true},
      {R"(^[^\S]$)", " ", true},
      {R"(^[\Sx ]$)", " ", true},
      {R"(^\u00e9\x41\cA\0$)",
       "\xC3\xA9"
       "A\x01\0"s,
       true},
      {R"(^\uD83D\uDE00$)", "\xF0\x9F\x98\x80", true},
      {R"(^\u{1F600}$)", "\xF0\x9F\x98\x80", true},
      {"^.$", "\xF0\x9F\x98\x80", true},
      {"^.$", "\r", false},
      {"^.$", "\xE2\x80\xA8", false},
      {"^[^]$", "\n", true},
      {"[]", "x", false},
      {R"(^[\b]$)", "\b", true},
      {R"(\bfoo\b)", "a foo b", true},
      {"^[[:alpha:]]$", "a]", true},  // a class of [ : a l p h, then a bracket
      {"^[[]$", "[", true},
      {R"(^[a\]]$)", "]", true},
      {R"(^(?<year>\d{4})-(?:\d\d)$)", "2026-01", true},
      {R"(^(?P<x>a)$)", "a", true},
      {R"(^\p{Letter}+$)", "\xC3\xA9t\xC3\xA9", true},
      {R"(^\p{L}+$)", "4", false},
      {R"(^\p{Script=Greek}$)", "\xCE\xB1", true},
      {R"(^[\p{Lu}\p{digit}]$)", "\xE0\xA7\xAA", true},
      {R"(^\P{L}$)", "4", true},
      {R"(^\p{ASCII}$)", "a", true},
      {R"(^\P{ASCII}$)", "a", false},
      {R"(^[\p{ASCII}\u00e9]$)", "\xC3\xA9", true},
      {R"(^a\/b\-c\.d$)", "a/b-c.d", true},
      {R"(^\$\{x\}$)", "${x}", true},
      {"^a{2,3}$", "aaaa", false},
      {"^(a|b)*?c$", "ababc", true},
      {"^(?i)abc$", "ABC", true},
      {"^[a-z0-9-]{1,100}$", "plug-in-1", true},
      {"\\\xC3\xA9", "\xC3\xA9", true},
      {R"(^\p{L}{1,20}$)", "Ren\xC3\xA9", true},
  };
  for (const auto& c : cases) {
    const auto pattern = EcmaPattern::compile(c.pattern);
    ASSERT_TRUE(pattern.has_value()) << c.pattern << ": " << pattern.error().message;
    EXPECT_EQ(pattern->matches(c.text), c.matches) << c.pattern << " on " << c.text;
  }
}

TEST(EcmaPattern, refuses_what_it_cannot_match_in_linear_time_or_what_is_no_pattern) {
  struct Case {
    std::string pattern;
    std::string_view why;
  };
  const Case cases[] = {
      {"(?=a)", "look-around"},
      {"(?!a)", "look-around"},
      {"(?<=a)b", "look-around"},
      {"(?<!a)b", "look-around"},
      {R"((a)\1)", "backreferences"},
      {R"((?<n>a)\k<n>)", "backreferences"},
      {"(", ""},
      {")", ""},
      {"[", "without its ]"},
      {"a**", ""},
      {"a{1001}", ""},
      {"(?<n", "without its >"},
      {R"(\uD800)", "surrogate"},
      {R"(\uD800\u0041)", "surrogate"},
      {R"(\u12)", "hexadecimal"},
      {R"(\u{110000})", "hexadecimal"},
      {R"(\u{})", "hexadecimal"},
      {R"(\x1)", "hexadecimal"},
      {"\\", "backslash"},
      {R"(\c1)", "letter"},
      {R"(a\Z)", "write ^"},
      {R"(\01)", "octal"},
      {R"(\a)", "escape"},
      {R"(\pL)", "property"},
      {R"(\p{Nonsense})", ""},
      {R"(\p{L)", "property"},
      {R"(\p{Cased_Letter})", "Cased_Letter"},
      {"[z-a]", ""},
      {"(((a{100}){100}){100})", ""},
      {R"(^\p{L}{1,1000}$)", ""},
      {R"([\1])", "back"},
  };
  for (const auto& c : cases) {
    const auto pattern = EcmaPattern::compile(c.pattern);
    ASSERT_FALSE(pattern.has_value()) << c.pattern;
    EXPECT_EQ(pattern.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(pattern.error().message.contains(c.why)) << c.pattern << ": " << pattern.error().message;
  }
}

RC_GTEST_PROP(EcmaPattern, any_bytes_are_a_pattern_or_an_error_and_never_a_crash, (const std::string& bytes)) {
  std::string pattern;
  constexpr std::string_view alphabet = "\\[](){}^$.*+?|-,:=!<>pPuUxXckbBdDsSwW019aZzn\xC3\xA9";
  for (const char c : bytes) pattern += alphabet[static_cast<unsigned char>(c) % alphabet.size()];
  const auto compiled = EcmaPattern::compile(pattern);
  if (compiled) {
    RC_ASSERT(compiled->text() == pattern);
    RC_TAG(compiled->matches("some text") ? "matches" : "does not");
  }
}

}  // namespace
}  // namespace orc
