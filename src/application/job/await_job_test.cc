#include "application/job/await_job.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

struct AwaitJobTest : testing::Test {
  FakeWorld world;
  AwaitJob await{world.access, world.signals, world.clock};
  JobId id = world.submit(world.job_of(world.bob));

  Job waited(std::chrono::seconds patience) { return ok(await.run(FakeWorld::principal(world.bob), id, patience)); }
  std::chrono::milliseconds passed() { return world.clock.now() - FakeClock::start; }
  void end_job() { world.state.jobs.at(id).job.status = JobStatus::completed; }
};

TEST_F(AwaitJobTest, a_job_that_has_ended_is_answered_at_once) {
  end_job();
  EXPECT_EQ(waited(30s).status, JobStatus::completed);
  EXPECT_EQ(world.signals.waits, 0);
}

TEST_F(AwaitJobTest, a_hint_ends_the_wait) {
  world.signals.while_waiting = [&] {
    end_job();
    world.signals.job_ended(id);
  };
  EXPECT_EQ(waited(30s).status, JobStatus::completed);
  EXPECT_EQ(passed(), 0ms);
}

TEST_F(AwaitJobTest, a_lost_hint_costs_a_second) {
  world.signals.hints_are_lost = true;
  world.signals.while_waiting = [&] {
    if (world.signals.waits == 3) end_job();
  };
  EXPECT_EQ(waited(30s).status, JobStatus::completed);
  EXPECT_EQ(passed(), 3s);
}

TEST_F(AwaitJobTest, when_patience_ends_the_job_is_answered_as_it_stands) {
  EXPECT_EQ(waited(30s).status, JobStatus::queued);
  EXPECT_EQ(passed(), 30s);
}

TEST_F(AwaitJobTest, no_patience_means_no_wait_and_nobody_waits_for_ever) {
  EXPECT_EQ(waited(0s).status, JobStatus::queued);
  EXPECT_EQ(world.signals.waits, 0);
  waited(std::chrono::hours{24});
  EXPECT_EQ(passed(), await_job_max);
}

TEST_F(AwaitJobTest, a_job_that_is_deleted_meanwhile_is_not_found) {
  world.signals.while_waiting = [&] {
    world.state.jobs.erase(id);
    world.signals.job_ended(id);
  };
  EXPECT_EQ(code_of(await.run(FakeWorld::principal(world.bob), id, 30s)), ErrorCode::not_found);
}

TEST_F(AwaitJobTest, a_stranger_does_not_get_to_wait) {
  EXPECT_EQ(code_of(await.run(FakeWorld::principal(world.eve), id, 30s)), ErrorCode::permission_denied);
  EXPECT_EQ(world.signals.waits, 0);
}

TEST_F(AwaitJobTest, the_wall_clock_does_not_shorten_a_wait) {
  world.signals.while_waiting = [&] {
    if (world.signals.waits == 1) world.clock.jump_wall_clock(std::chrono::hours{1});
  };
  waited(10s);
  EXPECT_EQ(world.signals.waits, 10);
}

}  // namespace
}  // namespace orc
