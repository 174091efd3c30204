#include "adapters/system/json_event_log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "adapters/system/file_descriptor.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

class FixedClock final : public Clock {
 public:
  Timestamp now() override { return Timestamp{1'769'860'800'250ms}; }
  SteadyTime steady_now() override { return {}; }
};

class JsonEventLogTest : public testing::Test {
 protected:
  JsonEventLogTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    read_ = FileDescriptor(ends[0]);
    write_ = FileDescriptor(ends[1]);
  }

  std::string read_all() {
    write_.close();
    std::string text;
    std::array<char, 4096> part{};
    for (;;) {
      const auto got = ::read(read_.get(), part.data(), part.size());
      if (got <= 0) return text;
      text.append(part.data(), static_cast<std::size_t>(got));
    }
  }

  FixedClock clock_;
  FileDescriptor read_;
  FileDescriptor write_;
};

TEST_F(JsonEventLogTest, an_event_is_one_line_of_json) {
  {
    JsonEventLog log(write_.get(), LogLevel::info, clock_);
    log.info("job finished", {{"job_id", std::int64_t{7}}, {"seconds", 0.25}, {"ok", true}, {"user", "alice"}});
    log.warn("plain");
  }
  EXPECT_EQ(
      read_all(),
      R"({"time":"2026-01-31T12:00:00.250Z","level":"info","event":"job finished","job_id":7,"seconds":0.25,"ok":true,"user":"alice"})"
      "\n"
      R"({"time":"2026-01-31T12:00:00.250Z","level":"warning","event":"plain"})"
      "\n");
}

TEST_F(JsonEventLogTest, nothing_in_a_field_breaks_the_line) {
  {
    JsonEventLog log(write_.get(), LogLevel::debug, clock_);
    log.info("x", {{"text", "a\nb\r\"\x1b[31m\t\xff{}%s"}, {"number", std::nan("")}});
  }
  const std::string text = read_all();
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  EXPECT_FALSE(text.contains('\x1b'));
  EXPECT_TRUE(text.contains(R"("a\nb\r\"\u001b[31m\t)")) << text;
  EXPECT_TRUE(text.contains(R"({}%s","number":null})")) << text;
}

TEST_F(JsonEventLogTest, events_below_the_level_are_not_written) {
  {
    JsonEventLog log(write_.get(), LogLevel::warning, clock_);
    log.write(LogLevel::debug, "a", {});
    log.info("b");
    log.write(LogLevel::error, "c", {});
  }
  const std::string text = read_all();
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  EXPECT_TRUE(text.contains(R"("level":"error","event":"c")"));
}

TEST_F(JsonEventLogTest, a_line_that_is_too_long_is_shortened_and_says_so) {
  const std::string endless(100'000, '\n');
  {
    JsonEventLog log(write_.get(), LogLevel::info, clock_);
    log.info("long", {{"first", endless}, {"second", endless}, {"third", endless}, {"job_id", std::int64_t{7}}});
  }
  const std::string text = read_all();
  EXPECT_LE(text.size(), JsonEventLog::line_bytes_max);
  EXPECT_TRUE(text.contains(R"("shortened":true,"first":"\n\n)")) << text.substr(0, 200);
  EXPECT_TRUE(text.ends_with("}\n"));
}

TEST_F(JsonEventLogTest, without_a_reader_the_oldest_are_dropped_and_nobody_waits) {
  constexpr int written = 20'000;
  const std::string filler(1000, 'x');
  {
    JsonEventLog log(write_.get(), LogLevel::info, clock_);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < written; ++i) log.info("event", {{"n", std::int64_t{i}}, {"filler", filler}});
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s) << "the pipe holds 64 KiB only";
  }
  const std::string text = read_all();
  EXPECT_LT(std::ranges::count(text, '\n'), 100);
  EXPECT_TRUE(text.ends_with("}\n"));
}

TEST_F(JsonEventLogTest, lost_lines_are_told) {
  {
    JsonEventLog log(write_.get(), LogLevel::info, clock_);
    const std::string filler(1000, 'x');
    for (int i = 0; i < 3 * static_cast<int>(JsonEventLog::queue_lines_max); ++i) log.info("event", {{"filler", filler}});
    std::atomic<bool> is_told = false;
    std::thread reader([this, &is_told] {
      std::array<char, 65'536> part{};
      std::string text;
      while (!text.contains("log lines lost")) {
        const auto got = ::read(read_.get(), part.data(), part.size());
        if (got <= 0) break;
        text.append(part.data(), static_cast<std::size_t>(got));
      }
      EXPECT_TRUE(text.contains(R"("event":"log lines lost","count":)"));
      is_told = true;
    });
    // Told with the next event: all before may have been given up ere anybody read.
    while (!is_told) {
      log.info("another", {});
      std::this_thread::yield();
    }
    reader.join();
  }
}

}  // namespace
}  // namespace orc
