#include "adapters/deliberation_json/answer_extraction.h"

#include <ctime>
#include <gtest/gtest.h>

#include "tests/contract/run_async.h"

namespace orc {
namespace {

using Kind = Extraction::Kind;
using Answer = std::optional<std::string>;

struct Row {
  Kind kind;
  const char* detail;
  const char* text;
  Answer answer;
};

TEST(answer_extraction, finds_the_last_answer_of_its_kind) {
  const Row rows[] = {
      {Kind::none, "", "42", {}},
      {Kind::number, "", "It is 41, no, 42.", "42"},
      {Kind::number, "", "$1,000.50", "1000.5"},
      {Kind::number, "", "1000.500", "1000.5"},
      {Kind::number, "", "007", "7"},
      {Kind::number, "", "-0.0", "0"},
      {Kind::number, "", "x = -7", "-7"},
      {Kind::number, "", "from 10-12", "12"},
      {Kind::number, "", "1,2,3", "3"},
      {Kind::number, "", "none", {}},
      {Kind::number, "", "about 6.02e23", "602" + std::string(21, '0')},
      {Kind::number, "", "1.6E-3 and 2.5e+1", "25"},
      {Kind::number, "", "1.6E-3", "0.0016"},
      {Kind::number, "", "120e-1", "12"},
      {Kind::number, "", "3e", "3"},
      {Kind::number, "", "2e3x", "3"},
      {Kind::number, "", "7, or 1e999", {}},
      {Kind::number, "",
       "x = \xE2\x88\x92"
       "5",
       "-5"},
      {Kind::number, "",
       "from 10\xE2\x88\x92"
       "12",
       "12"},
      {Kind::number, "",
       "10\xC2\xA0"
       "000",
       "10000"},
      {Kind::number, "",
       "1\xE2\x80\xAF"
       "234\xE2\x80\x89"
       "567.5",
       "1234567.5"},
      {Kind::number, "",
       "10\xC2\xA0"
       "0000",
       "0"},
      {Kind::choice, "", "The answer is (B).", "B"},
      {Kind::choice, "", "A or C? C", "C"},
      {Kind::choice, "", "C is right. I am sure", "C"},
      {Kind::choice, "", "B, as A dog barks", "B"},
      {Kind::choice, "", "answer: A", "A"},
      {Kind::choice, "", "The answer is A because 11 is prime.", "A"},
      {Kind::choice, "", "Answer: A since 11 is prime.", "A"},
      {Kind::choice, "", "A because 9 is not prime", "A"},
      {Kind::choice, "", "**Option (A) fits, B does not", "B"},
      {Kind::choice, "", "Not B. A over B, and my choice A stays", "A"},
      {Kind::choice, "", "C. A prime above 10, I think", "C"},
      {Kind::choice, "", "this dog is A dog", "A"},
      {Kind::choice, "", "The answer is D. Explanation: I compared all", "D"},
      {Kind::choice, "", "D. Reason: A prime has two divisors", "D"},
      {Kind::choice, "", "Answer: I think none", {}},
      {Kind::choice, "", "I because it is round", "I"},
      {Kind::choice, "", "Answer: A fits best", "A"},
      {Kind::choice, "", "B fits. A prime has two divisors", "B"},
      {Kind::choice, "", "ABC", {}},
      {Kind::normalised_text, "", " Yes,  it IS. ", "yes it is"},
      {Kind::normalised_text, "", "?!", {}},
      {Kind::pattern, "answer: (\\w+)", "answer: x, answer: y", "y"},
      {Kind::pattern, "\\d+", "1 22 333", "333"},
      {Kind::pattern, "x*", "aaa", {}},
      {Kind::pattern, "(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", {}},
      {Kind::json_pointer, "/answer", R"(so {"answer": "x"} and then {"answer": "y"}.)", "y"},
      {Kind::json_pointer, "/a/0", R"({"a": [ 1, 2 ]})", "1"},
      {Kind::json_pointer, "", R"(text [ 1, "a b" ] end)", R"([1,"a b"])"},
      {Kind::json_pointer, "/b", R"({"a": 1})", {}},
      {Kind::json_pointer, "/a", "[[[[[[", {}},
      {Kind::json_pointer, "/a", R"({"a": "}"} {broken)", "}"},
  };
  for (const Row& row : rows) EXPECT_EQ(answer_in({.kind = row.kind, .detail = row.detail}, row.text), row.answer) << row.text;
}

TEST(answer_extraction, what_is_too_long_is_no_answer) {
  EXPECT_FALSE(answer_in({.kind = Kind::number}, std::string(extracted_bytes_max + 1, '7')));
  EXPECT_FALSE(answer_in({.kind = Kind::number}, std::string(read_bytes_max + 1, '7')));
  EXPECT_FALSE(answer_in({.kind = Kind::normalised_text}, "a" + std::string(read_bytes_max, ' ')));
}

TEST(answer_extraction, only_the_end_of_a_long_text_is_read) {
  const std::string middle(read_bytes_max, 'x');
  EXPECT_EQ(answer_in({.kind = Kind::number}, "41 " + middle), Answer());
  EXPECT_EQ(answer_in({.kind = Kind::number}, "41 " + middle + " 42"), "42");
  EXPECT_EQ(answer_in({.kind = Kind::pattern, .detail = "^.*?(\\d+)"}, "41 " + middle + "ä 42"), "42");
}

// Each match looks at all that follows, and there are as many as there are bytes.
TEST(answer_extraction, the_time_that_it_takes_is_bounded_whatever_the_pattern_and_the_text) {
  struct Hostile {
    Kind kind;
    const char* detail;
    std::string text;
    Answer answer;
  };
  const std::string many = std::string(std::size_t{8} << 20, 'x');
  const Hostile all[] = {
      {Kind::pattern, "x(?:[^y]*y)?", many, "x"},
      {Kind::pattern, "(?:x(?:[^y]*y)?){1,40}", many, std::string(32, 'x')},
      {Kind::pattern, "(x)(?:[^y]*y)?|z", many + "z", {}},
      {Kind::pattern, "\\Qx", many + "(", "x"},
      {Kind::json_pointer, "/a", std::string(std::size_t{8} << 20, '['), {}},
      {Kind::json_pointer, "/a", std::string(std::size_t{4} << 20, '[') + std::string(std::size_t{4} << 20, ']'), {}},
  };
  for (const Hostile& one : all) {
    const std::clock_t begun = std::clock();
    EXPECT_EQ(answer_in({.kind = one.kind, .detail = one.detail}, one.text), one.answer) << one.detail;
    EXPECT_LT(std::clock() - begun, 20 * CLOCKS_PER_SEC) << one.detail;
  }
}

// What follows the matches that may be looked for one by one is found as they would be.
TEST(answer_extraction, the_last_of_very_many_matches_is_found) {
  std::string numbers;
  for (int i = 0; numbers.size() < read_bytes_max; ++i) numbers += "no " + std::to_string(i) + ", ";
  EXPECT_EQ(last_match_in(numbers + "so 12345", "\\w+"), "12345");
  EXPECT_EQ(last_match_in(numbers + "so 12345 of 7!", "(\\d+) of \\d+"), "12345");
  EXPECT_EQ(last_match_in(numbers + "seven", "no (\\d+)|seven"), "");
  EXPECT_EQ(last_match_in(numbers + "no 5 ä", "(?i)NO (\\S+)"), "5");
}

TEST(answer_extraction, what_may_take_long_is_looked_for_on_a_thread_of_the_pool) {
  WorkPool pool("extractions", {.threads = 1, .waiting_max = 1});
  TextAnswerExtractor extractor(pool);
  const auto work = [&](Extraction extraction) -> Async<Answer> { co_return co_await extractor.extract(extraction, "so 41, no, 42"); };
  EXPECT_EQ(ok(work({.kind = Kind::pattern, .detail = "\\d+"})), "42");
  EXPECT_EQ(ok(work({.kind = Kind::number})), "42");
  pool.stop();
  EXPECT_EQ(ok(work({.kind = Kind::pattern, .detail = "\\d+"})), "42") << "an answer is found in any case";
}

TEST(answer_extraction, a_bad_detail_is_told) {
  EXPECT_FALSE(check_extraction({.kind = Kind::pattern, .detail = "("}));
  EXPECT_FALSE(check_extraction({.kind = Kind::pattern, .detail = "(?=x)"}));
  EXPECT_FALSE(check_extraction({.kind = Kind::pattern}));
  EXPECT_FALSE(check_extraction({.kind = Kind::json_pointer, .detail = "answer"}));
  EXPECT_TRUE(check_extraction({.kind = Kind::json_pointer}));
  EXPECT_TRUE(check_extraction({.kind = Kind::number}));
}

}  // namespace
}  // namespace orc
