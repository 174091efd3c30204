#include "application/job/work_loop.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

// Runs a loop until `done`, or for a minute of the fake clock; then stops it.
struct WorkLoopTest : testing::Test {
  FakeWorld world;
  int most_running = 0;

  void work(int slots, std::function<bool()> done) {
    const auto session = [&](auto&&) -> Async<void> {
      const auto executor = co_await boost::asio::this_coro::executor;
      WorkLoop loop(executor,
                    {.source = world.desk, .cluster = world.cluster, .wake_ups = world.wake_ups, .clock = world.clock, .log = world.log},
                    world.run_job, slots);
      const SteadyTime deadline = world.clock.steady_now() + 60s;
      world.signals.while_waiting = [&] {
        most_running = std::max(most_running, static_cast<int>(loop.held().size()));
        meanwhile();
        if (done() || world.clock.steady_now() >= deadline) loop.request_stop();
      };
      loop.start(world.registration);
      co_await loop.wait(deadline + 10s);
      EXPECT_EQ(static_cast<int>(loop.held().size()), 0);
      world.signals.while_waiting = [] {};
      co_return Result<void>{};
    };
    ok(session(0));
  }

  bool all_ended() const {
    return std::ranges::all_of(world.state.jobs, [](const auto& known) { return is_terminal(known.second.job.status); });
  }

  std::function<void()> meanwhile = [] {};
};

TEST_F(WorkLoopTest, everything_that_waits_is_run) {
  for (int i = 0; i < 20; ++i) world.submit(world.job_of(world.bob));
  work(3, [&] { return all_ended(); });
  EXPECT_EQ(world.cluster.runs.size(), 20u);
  EXPECT_LE(most_running, 3);
  for (const auto& [id, row] : world.state.jobs) EXPECT_EQ(row.job.status, JobStatus::completed);
}

TEST_F(WorkLoopTest, a_job_that_comes_later_is_found_by_its_hint) {
  meanwhile = [&, submitted = false]() mutable {
    if (std::exchange(submitted, true)) return;
    NewJob given = world.job_of(world.bob);
    MemoryJob& row = world.state.jobs[JobId{500}];
    row.job = {.id = JobId{500}, .plugin = given.plugin, .version_id = given.version, .plugin_name = "echo", .share_key = "k"};
    row.due = world.clock.now();
    world.signals.work_arrived();
  };
  work(2, [&] { return !world.cluster.runs.empty(); });
  EXPECT_EQ(world.clock.now(), FakeClock::start) << "no time had to pass";
}

TEST_F(WorkLoopTest, a_lost_hint_costs_five_seconds) {
  world.signals.hints_are_lost = true;
  world.submit(world.job_of(world.bob));
  work(1, [&] { return all_ended(); });
  EXPECT_TRUE(all_ended());
}

TEST_F(WorkLoopTest, a_delayed_job_is_run_when_it_is_due) {
  NewJob later = world.job_of(world.bob);
  later.run_at = world.clock.now() + 1500ms;
  world.submit(later);
  Timestamp started{};
  world.cluster.while_running = [&](const PluginRun&) { started = world.clock.now(); };
  work(1, [&] { return all_ended(); });
  EXPECT_EQ(started, FakeClock::start + 1500ms);
}

TEST_F(WorkLoopTest, an_absent_store_is_asked_again_and_said_so) {
  world.submit(world.job_of(world.bob));
  world.state.faults.changes_fail = true;
  meanwhile = [&] {
    if (world.clock.now() >= FakeClock::start + 3s) world.state.faults.changes_fail = false;
  };
  work(1, [&] { return all_ended(); });
  EXPECT_TRUE(all_ended());
  EXPECT_TRUE(world.log.holds("jobs could not be claimed"));
}

TEST_F(WorkLoopTest, after_a_stop_nothing_more_is_claimed) {
  for (int i = 0; i < 10; ++i) world.submit(world.job_of(world.bob));
  std::function<void()> stop;
  const auto session = [&](auto&&) -> Async<void> {
    WorkLoop loop(co_await boost::asio::this_coro::executor,
                  {.source = world.desk, .cluster = world.cluster, .wake_ups = world.wake_ups, .clock = world.clock, .log = world.log},
                  world.run_job, 1);
    world.cluster.while_running = [&](const PluginRun&) { loop.request_stop(); };
    loop.start(world.registration);
    co_await loop.wait(world.clock.steady_now() + 30s);
    loop.request_stop();
    co_return Result<void>{};
  };
  ok(session(0));
  EXPECT_EQ(world.cluster.runs.size(), 1u);
  EXPECT_EQ(ok(world.job_reader.counts({})), (JobCounts{9, 0, 1, 0, 0}));
}

TEST_F(WorkLoopTest, at_its_deadline_what_still_runs_is_cancelled_and_given_back_at_no_cost) {
  world.cluster.runs_hang = true;
  for (int i = 0; i < 3; ++i) world.submit(world.job_of(world.bob));
  const auto session = [&](auto&&) -> Async<void> {
    WorkLoop loop(co_await boost::asio::this_coro::executor,
                  {.source = world.desk, .cluster = world.cluster, .wake_ups = world.wake_ups, .clock = world.clock, .log = world.log},
                  world.run_job, 2);
    loop.start(world.registration);
    world.signals.while_waiting = [&, asked = false]() mutable {
      if (static_cast<int>(loop.held().size()) == 2 && !std::exchange(asked, true)) loop.request_stop();
    };
    co_await loop.wait(world.clock.steady_now() + 30s);
    EXPECT_EQ(static_cast<int>(loop.held().size()), 0);
    world.signals.while_waiting = [] {};
    co_return Result<void>{};
  };
  ok(session(0));
  EXPECT_GE(world.clock.now(), FakeClock::start + 30s);
  EXPECT_EQ(world.cluster.cancelled.size(), 2u);
  EXPECT_EQ(ok(world.job_reader.counts({})), (JobCounts{3, 0, 0, 0, 0}));
  for (const auto& [id, row] : world.state.jobs) EXPECT_EQ(row.job.attempts, 0);
}

}  // namespace
}  // namespace orc
