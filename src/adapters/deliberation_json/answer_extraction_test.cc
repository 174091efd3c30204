#include "adapters/deliberation_json/answer_extraction.h"

#include <gtest/gtest.h>

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
      {Kind::choice, "", "The answer is (B).", "B"},
      {Kind::choice, "", "A or C? C", "C"},
      {Kind::choice, "", "C is right. I am sure", "C"},
      {Kind::choice, "", "B, as A dog barks", "B"},
      {Kind::choice, "", "answer: A", "A"},
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
  const TextAnswerExtractor extractor;
  for (const Row& row : rows) EXPECT_EQ(extractor.extract({.kind = row.kind, .detail = row.detail}, row.text), row.answer) << row.text;
}

TEST(answer_extraction, what_is_too_long_is_no_answer) {
  const TextAnswerExtractor extractor;
  EXPECT_FALSE(extractor.extract({.kind = Kind::number}, std::string(extracted_bytes_max + 1, '7')));
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
