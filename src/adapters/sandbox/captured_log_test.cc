#include "adapters/sandbox/captured_log.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace orc {
namespace {

const Timestamp now = timestamp_from_ms(1'000);

std::vector<std::string> texts(std::vector<LogLine> lines) {
  std::vector<std::string> all;
  for (LogLine& line : lines) all.push_back(std::move(line.text));
  return all;
}

TEST(CapturedLogTest, makes_lines_of_parts_however_they_are_cut) {
  struct Case {
    std::vector<std::string> parts;
    std::vector<std::string> lines;
  };
  const Case cases[] = {
      {{}, {}},
      {{"one\n"}, {"one"}},
      {{"one"}, {"one"}},
      {{"o", "ne\ntw", "o\n"}, {"one", "two"}},
      {{"\n\n"}, {"", ""}},
      {{"a\n", "\nb"}, {"a", "", "b"}},
      {{"\xC3", "\xA9\n"}, {"é"}},
  };
  for (const Case& one : cases) {
    CapturedLog log;
    for (const std::string& part : one.parts) log.add(part, now, LogStream::err);
    EXPECT_EQ(texts(log.take(now)), one.lines);
  }
}

TEST(CapturedLogTest, what_is_not_utf8_is_replaced) {
  CapturedLog log;
  log.add(std::string_view("a\xFF\0b\n", 5), now, LogStream::err);
  EXPECT_EQ(texts(log.take(now)), std::vector<std::string>{"a\xEF\xBF\xBD\xEF\xBF\xBD"
                                                           "b"});
}

TEST(CapturedLogTest, a_long_line_is_cut) {
  CapturedLog log;
  log.add(std::string(CapturedLog::line_bytes_max + 1, 'x') + "\n", now, LogStream::err);
  const auto lines = log.take(now);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1].text, "x");
}

TEST(CapturedLogTest, a_line_that_is_redrawn_is_parted_once_a_second_and_nothing_of_it_is_lost) {
  struct Case {
    std::vector<std::pair<int, std::string>> parts;  // with the milliseconds at which they come
    std::vector<std::string> lines;
  };
  const Case cases[] = {
      {{{0, "\r10%"}, {1'000, "\r20%"}, {2'000, "\r30%\n"}}, {"\r10%", "\r20%", "\r30%"}},
      {{{0, "10%\r"}, {1'000, "20%\r"}, {2'000, "30%\r\n"}}, {"10%", "\r20%", "\r30%\r"}},
      {{{0, "\r1%"}, {300, "\r2%"}, {600, "\r3%"}, {1'200, "\r4%"}, {1'300, "\r5%"}, {1'400, "\n"}}, {"\r1%\r2%\r3%", "\r4%\r5%"}},
      {{{0, "a"}, {5'000, "b\rc\rd"}, {5'100, "\n"}}, {"ab", "\rc\rd"}},
      {{{0, "slow "}, {5'000, "words\r\nnext\r"}, {9'000, "\n"}}, {"slow words\r", "next\r"}},
      {{{0, "slow\r"}, {5'000, "\r"}, {6'000, "\n"}}, {"slow\r\r"}},
      {{{0, "slow "}, {5'000, "words\n\rbar"}, {5'500, "\rbar"}}, {"slow words", "\rbar\rbar"}},
      {{{0, "\r"}, {5'000, "bar"}, {6'500, "\rbar"}}, {"\rbar", "\rbar"}},
  };
  for (const Case& one : cases) {
    CapturedLog log;
    for (const auto& [at, part] : one.parts) log.add(part, now + std::chrono::milliseconds(at), LogStream::err);
    EXPECT_EQ(texts(log.take(now)), one.lines) << testing::PrintToString(one.parts);
  }
}

TEST(CapturedLogTest, keeps_the_first_and_the_last_and_counts_what_is_between) {
  CapturedLog log;
  const int all = 200'000;
  for (int i = 1; i <= all; ++i) log.add(std::to_string(i) + "\n", now, LogStream::err);
  EXPECT_TRUE(log.is_cut());
  const auto lines = log.take(now);
  EXPECT_EQ(lines.front().text, "1");
  EXPECT_EQ(lines.back().text, std::to_string(all));
  EXPECT_EQ(lines.back().n, static_cast<std::int64_t>(lines.size()));
  const auto full = std::ranges::find(lines, log_is_full, &LogLine::text);
  ASSERT_LT(full - lines.begin(), std::ssize(lines) - 2);
  const std::int64_t left_out = std::stoll((full + 1)->text.substr(std::string("… ").size()));
  EXPECT_EQ(left_out + std::ssize(lines) - 2, all) << "but for our two lines";
}

// A reader of the live log has the first lines; the end goes on behind them.
TEST(CapturedLogTest, what_was_told_live_keeps_its_place_and_its_last_line_says_that_the_log_is_full) {
  const std::string text(1'000, 'x');
  for (const int all : {200, 600, 5'000}) {
    CapturedLog log;
    std::vector<LogLine> told;
    for (int i = 1; i <= all; ++i) {
      log.add(text + std::to_string(i) + "\n", now, LogStream::err);
      const auto news = log.head().subspan(told.size());
      told.insert(told.end(), news.begin(), news.end());
    }
    const bool is_full = all > 500;
    EXPECT_EQ(std::ranges::count(told, log_is_full, &LogLine::text), is_full ? 1 : 0) << all;
    EXPECT_EQ(told.back().text == log_is_full, is_full) << all;
    const auto lines = log.take(now);
    EXPECT_TRUE(std::ranges::equal(told, std::span(lines).first(told.size()))) << all;
    EXPECT_EQ(lines.back().text, text + std::to_string(all));
    for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i].n, static_cast<std::int64_t>(i) + 1);
    if (all == 600) EXPECT_EQ(std::ssize(lines), all + 1) << "nothing is left out";
  }
}

TEST(CapturedLogTest, the_end_is_short_and_well_formed) {
  CapturedLog log;
  EXPECT_EQ(log.end(), "");
  log.add("  one\ntwo \n\n", now, LogStream::err);
  EXPECT_FALSE(log.is_cut());
  EXPECT_EQ(log.end(), "one\ntwo");
  for (int i = 0; i < 10'000; ++i) log.add("é", now, LogStream::err);
  const std::string end = log.end();
  EXPECT_LE(end.size(), LogEnd::bytes_max);
  EXPECT_GT(end.size(), LogEnd::bytes_max - 4);
  EXPECT_EQ(end, well_formed(end));
}

TEST(CapturedLogTest, the_end_stays_short_when_every_byte_is_replaced) {
  CapturedLog log;
  log.add(std::string(10'000, '\xFF'), now, LogStream::err);
  EXPECT_LE(log.end().size(), LogEnd::bytes_max);
}

}  // namespace
}  // namespace orc
