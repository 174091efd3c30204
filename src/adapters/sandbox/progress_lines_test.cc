#include "adapters/sandbox/progress_lines.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime now{100s};

TEST(ProgressLinesTest, the_newest_progress_counts_and_what_is_none_is_counted) {
  struct Case {
    std::string bytes;
    std::optional<Progress> newest;
    std::int64_t malformed;
  };
  const Case cases[] = {
      {"{\"progress\": 0.5}\n", Progress{.fraction = 0.5, .message = ""}, 0},
      {"{\"progress\": 0, \"message\": \"über\"}\n{\"progress\":1}\n", Progress{.fraction = 1, .message = ""}, 0},
      {"{\"progress\": 0.25, \"message\": \"a\\u0000b\"}\r\n",
       Progress{.fraction = 0.25,
                .message = "a\xEF\xBF\xBD"
                           "b"},
       0},
      {"{\"progress\": 0.25, \"message\": 7}\n", Progress{.fraction = 0.25, .message = ""}, 0},
      {"\n\n", {}, 0},
      {"{\"progress\": 1.01}\n{\"progress\": -1}\n{\"progress\": \"1\"}\n[0.5]\nhalf\n{\"progress\": NaN}\n", {}, 6},
      {"{\"progress\": 0.5}\n\xFF\n", Progress{.fraction = 0.5, .message = ""}, 1},
      {std::string(5'000, 'x') + "\n", {}, 1},
  };
  for (const Case& one : cases) {
    ProgressLines lines;
    EXPECT_EQ(lines.add(one.bytes, now), one.newest) << one.bytes;
    EXPECT_EQ(lines.malformed(), one.malformed) << one.bytes;
  }
}

TEST(ProgressLinesTest, a_line_may_come_in_pieces) {
  ProgressLines lines;
  EXPECT_FALSE(lines.add("{\"progress\"", now));
  EXPECT_FALSE(lines.add(": 0.5, \"message\": \"\xC3", now));
  EXPECT_EQ(lines.add("\xBC\"}\n", now), (Progress{.fraction = 0.5, .message = "ü"}));
}

TEST(ProgressLinesTest, a_long_message_is_cut_between_characters) {
  std::string message;
  for (int i = 0; i < 300; ++i) message += "ü";
  ProgressLines lines;
  const auto progress = lines.add("{\"progress\": 1, \"message\": \"x" + message + "\"}\n", now);
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->message.size(), 499U);
  EXPECT_TRUE(progress->message.ends_with("ü"));
}

TEST(ProgressLinesTest, of_a_flood_the_newest_is_not_lost) {
  ProgressLines lines;
  std::string flood;
  for (int i = 0; i < 10'000; ++i) flood += "{\"progress\": 0." + std::to_string(i) + "}\n";
  EXPECT_EQ(lines.add(flood, now)->fraction, 0.99);
  EXPECT_FALSE(lines.add("{\"progress\": 1}\n", now + 500ms)) << "not in this second";
  EXPECT_EQ(lines.end()->fraction, 1);
  EXPECT_EQ(lines.add("{\"progress\": 0.125}\n", now + 1s)->fraction, 0.125);
}

TEST(ProgressLinesTest, the_last_line_of_a_burst_is_judged_when_its_second_is_over) {
  ProgressLines lines;
  std::string burst;
  for (int step = 1; step <= 200; ++step) burst += "{\"progress\": " + std::to_string(step / 200.0) + "}\n";
  EXPECT_EQ(lines.add(burst, now)->fraction, 0.5);
  EXPECT_EQ(lines.due(), now + 1s);
  EXPECT_FALSE(lines.judge_late(now + 999ms));
  EXPECT_EQ(lines.judge_late(now + 1s)->fraction, 1);
  EXPECT_FALSE(lines.due());
  EXPECT_FALSE(lines.judge_late(now + 5s));
  EXPECT_FALSE(lines.end());
}

TEST(ProgressLinesTest, an_unfinished_line_is_judged_at_the_end) {
  ProgressLines lines;
  lines.add("{\"progress\": 0.75}", now);
  EXPECT_EQ(lines.end()->fraction, 0.75);
  EXPECT_FALSE(lines.end());
}

}  // namespace
}  // namespace orc
