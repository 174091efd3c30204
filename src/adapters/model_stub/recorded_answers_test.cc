#include "adapters/model_stub/recorded_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(recorded_answers, the_first_line_that_fits_counts) {
  const auto recorded = RecordedAnswers::parse(R"(# of a small exam

{"match": "France", "model": "small", "answer": "Lyon"}
{"match": "France", "answer": "Paris"}
{"match": "toss", "answers": ["heads", "tails"]}
)");
  ASSERT_TRUE(recorded) << recorded.error().message;
  EXPECT_THAT(recorded->find("small", {"be brief", "The capital of France?"}), ElementsAre("Lyon"));
  EXPECT_THAT(recorded->find("large", {"be brief", "The capital of France?"}), ElementsAre("Paris"));
  EXPECT_THAT(recorded->find("large", {"toss a coin"}), ElementsAre("heads", "tails"));
  EXPECT_THAT(recorded->find("large", {"The capital of Spain?"}), IsEmpty());
}

TEST(recorded_answers, a_line_without_match_fits_everything) {
  EXPECT_THAT(RecordedAnswers::parse(R"({"answer": "42"})")->find("m", {"anything"}), ElementsAre("42"));
}

TEST(recorded_answers, what_is_wrong_is_told_with_its_line) {
  struct Row {
    const char* text;
    const char* told;
  };
  const Row rows[] = {
      {"\n{", "line 2: it is no JSON"},
      {"[]", "line 1"},
      {R"({"match": "x"})", "line 1: it has neither"},
      {R"({"answer": 1})", "line 1: answer: "},
      {R"({"answers": ["a", 2]})", "line 1: answers.1: "},
      {R"({"match": 1, "answer": "x"})", "line 1: match: "},
      {R"({"answer": "x", "answers": ["y"]})", R"(line 1: answer: Value error, it stands beside "answers")"},
      {R"({"modle": "small", "answer": "x"})",
       "line 1: modle: Extra inputs are not permitted: a recorded answer has match, model, answer, answers"},
  };
  for (const Row& row : rows) {
    const auto recorded = RecordedAnswers::parse(row.text);
    ASSERT_FALSE(recorded) << row.text;
    EXPECT_THAT(recorded.error().message, HasSubstr(row.told));
  }
}

}  // namespace
}  // namespace orc
