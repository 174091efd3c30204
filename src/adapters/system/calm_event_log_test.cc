#include "adapters/system/calm_event_log.h"

#include <gtest/gtest.h>
#include <string>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/recording_event_log.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

struct CalmEventLogTest : testing::Test {
  FakeClock clock;
  RecordingEventLog lines;
  CalmEventLog log{lines, clock};

  void refused(std::string_view reason = "the key was revoked") { log.warn("jobs could not be claimed", {{"reason", reason}}); }
};

TEST_F(CalmEventLogTest, a_warning_that_comes_each_second_is_told_at_once_and_then_once_a_minute_with_how_often_it_came) {
  for (int second = 0; second < 150; ++second) {
    refused();
    clock.advance(1s);
  }
  const std::string warning = "warning jobs could not be claimed reason=the key was revoked";
  const std::string repeated = "warning warning repeated warning=jobs could not be claimed times=60";
  EXPECT_EQ(lines.lines, (std::vector{warning, warning, repeated, warning, repeated}));
}

TEST_F(CalmEventLogTest, one_that_comes_now_and_then_is_told_each_time) {
  for (int i = 0; i < 3; ++i) {
    refused();
    clock.advance(CalmEventLog::told_again_after);
  }
  EXPECT_EQ(lines.lines.size(), 3u);
}

TEST_F(CalmEventLogTest, what_differs_in_a_word_or_is_no_warning_passes) {
  refused();
  refused("the server is away");
  log.warn("jobs could not be claimed", {{"why", "the key was revoked"}});
  log.warn("worker lost", {{"worker_id", std::int64_t{1}}});
  log.warn("worker lost", {{"worker_id", std::int64_t{2}}});
  EXPECT_EQ(lines.lines.size(), 5u);
  for (int i = 0; i < 3; ++i) log.info("attempt ended", {{"job_id", std::int64_t{1}}});
  EXPECT_EQ(lines.lines.size(), 8u);
}

TEST_F(CalmEventLogTest, it_remembers_so_many_warnings_and_no_more) {
  refused();
  for (std::size_t i = 1; i < CalmEventLog::known_max; ++i) {
    clock.advance(1ms);
    refused(std::to_string(i));
  }
  lines.lines.clear();
  refused();
  EXPECT_TRUE(lines.lines.empty());
  refused("one too many");
  refused();
  EXPECT_EQ(lines.lines.size(), 2u) << "the oldest was forgotten";
}

}  // namespace
}  // namespace orc
