#include "application/job/follow_log.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

struct FollowLogTest : testing::Test {
  FakeWorld world;
  JobId id = world.submit(world.job_of(world.bob));
  Assignment given = world.assigned();

  FollowLog follow(std::int64_t from = 1) {
    return FollowLog({.reader = world.job_reader, .signals = world.signals, .clock = world.clock}, id, from);
  }
  LogNews next(FollowLog& follow) { return ok(follow.next(world.clock.steady_now() + 15s)); }
  std::chrono::milliseconds passed() { return world.clock.now() - FakeClock::start; }

  void say(int first, int count, std::optional<Progress> progress = {}) {
    RunReport report{.log = {}, .progress = std::move(progress)};
    for (int n = first; n < first + count; ++n)
      report.log.push_back({.n = n, .t = world.clock.now(), .stream = LogStream::err, .text = "line " + std::to_string(n)});
    ok(world.desk.report(world.worker, given.run, std::move(report)));
  }
  void end() { ok(world.desk.finish(world.worker, given.run, {.how = AttemptOutcome::succeeded, .output = "{}"})); }
};

TEST_F(FollowLogTest, what_was_said_before_comes_at_once_and_the_rest_as_it_is_said) {
  say(1, 3);
  FollowLog log = follow(2);
  const LogNews first = next(log);
  ASSERT_EQ(first.lines.size(), 2U);
  EXPECT_EQ(first.lines[0].n, 2);
  world.signals.while_waiting = [&, said = false]() mutable {
    if (!std::exchange(said, true)) say(4, 1, Progress{.fraction = 0.5, .message = "half"});
  };
  const LogNews second = next(log);
  ASSERT_EQ(second.lines.size(), 1U);
  EXPECT_EQ(second.lines[0].text, "line 4");
  EXPECT_EQ(second.progress, (Progress{.fraction = 0.5, .message = "half"}));
  EXPECT_LE(passed(), follow_interval);
}

TEST_F(FollowLogTest, the_end_is_told_behind_the_last_line) {
  FollowLog log = follow();
  say(1, follow_lines_max + 1);
  end();
  EXPECT_EQ(next(log).lines.size(), static_cast<std::size_t>(follow_lines_max));
  const LogNews last = next(log);
  EXPECT_EQ(last.lines.size(), 1U);
  EXPECT_FALSE(last.ended);
  EXPECT_EQ(next(log).ended, JobStatus::completed);
  EXPECT_EQ(passed(), 0ms);
}

TEST_F(FollowLogTest, an_end_is_heard_at_once) {
  FollowLog log = follow();
  world.signals.while_waiting = [&] { end(); };
  EXPECT_EQ(next(log).ended, JobStatus::completed);
  EXPECT_EQ(passed(), 0ms);
}

TEST_F(FollowLogTest, the_same_progress_is_told_once_and_silence_ends_with_patience) {
  say(1, 0, Progress{.fraction = 0.5, .message = ""});
  FollowLog log = follow();
  EXPECT_TRUE(next(log).progress);
  const LogNews none = next(log);
  EXPECT_FALSE(none.progress || none.ended);
  EXPECT_EQ(passed(), 15s);
}

TEST_F(FollowLogTest, the_last_words_of_a_run_that_is_cancelled_are_told_before_the_end) {
  say(1, 2);
  FollowLog log = follow();
  EXPECT_EQ(next(log).lines.size(), 2U);
  ok(world.jobs.cancel(id));
  world.signals.while_waiting = [&, ended = false]() mutable {
    if (std::exchange(ended, true)) return;
    PluginOutcome outcome{.how = AttemptOutcome::cancelled};
    for (const int n : {3, 4}) outcome.log.push_back({.n = n, .t = world.clock.now(), .text = "line " + std::to_string(n)});
    outcome.usage.wall = 100ms;
    EXPECT_EQ(code_of(world.desk.finish(world.worker, given.run, outcome)), ErrorCode::conflict);
  };
  const LogNews last = next(log);
  ASSERT_EQ(last.lines.size(), 2U);
  EXPECT_EQ(last.lines.back(), (LogLine{.n = 4, .t = world.clock.now() - passed(), .text = "line 4"}));
  EXPECT_EQ(next(log).ended, JobStatus::cancelled);
  EXPECT_LE(passed(), follow_interval);
}

TEST_F(FollowLogTest, nobody_waits_long_for_the_last_words_of_a_worker_that_is_gone) {
  FollowLog log = follow();
  ok(world.jobs.cancel(id));
  EXPECT_EQ(next(log).ended, JobStatus::cancelled);
  EXPECT_EQ(passed(), last_words_max);
}

TEST_F(FollowLogTest, a_deleted_job_is_gone) {
  ok(world.jobs.erase(id));
  FollowLog log = follow();
  EXPECT_TRUE(next(log).is_gone);
}

TEST_F(FollowLogTest, who_gave_up_waits_no_longer_than_an_interval) {
  FollowLog log = follow();
  world.signals.while_waiting = [&] { log.give_up(); };
  const LogNews none = next(log);
  EXPECT_FALSE(none.ended || none.is_gone);
  EXPECT_LE(passed(), follow_interval);
}

}  // namespace
}  // namespace orc
