#include "application/job/change_job.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

struct ChangeJobTest : testing::Test {
  FakeWorld world;
  CancelJob cancel{world.jobs, world.access, world.signals, world.audit};
  RetryJob retry{world.jobs, world.access, world.plugin_reader, world.signals, world.audit};
  DeleteJob remove{world.jobs, world.access, world.signals, world.audit};
  JobId id = world.submit(world.job_of(world.bob));
};

TEST_F(ChangeJobTest, cancelling_ends_a_job_and_says_so_to_whom_it_concerns) {
  EXPECT_EQ(ok(cancel.run(FakeWorld::actor(world.bob), id)).status, JobStatus::cancelled);
  EXPECT_EQ(world.signals.ended, std::vector{id});
  EXPECT_EQ(code_of(cancel.run(FakeWorld::actor(world.bob), id)), ErrorCode::conflict);
}

TEST_F(ChangeJobTest, a_retry_queues_the_job_and_wakes_the_workers) {
  ok(cancel.run(FakeWorld::actor(world.bob), id));
  EXPECT_EQ(ok(retry.run(FakeWorld::actor(world.bob), id)).status, JobStatus::queued);
  EXPECT_EQ(world.signals.work_arrivals, 1);
  EXPECT_EQ(code_of(retry.run(FakeWorld::actor(world.bob), id)), ErrorCode::conflict);
}

TEST_F(ChangeJobTest, a_job_whose_plugin_was_removed_or_switched_off_is_not_run_again) {
  ok(cancel.run(FakeWorld::actor(world.bob), id));
  ok(world.plugins.change(world.echo.id, {.is_active = false}));
  EXPECT_EQ(code_of(retry.run(FakeWorld::actor(world.bob), id)), ErrorCode::conflict);
  ok(world.plugins.erase(world.echo.id));
  EXPECT_EQ(code_of(retry.run(FakeWorld::actor(world.bob), id)), ErrorCode::conflict);
  EXPECT_EQ(world.job(id).status, JobStatus::cancelled);
}

TEST_F(ChangeJobTest, deleting_a_running_job_stops_its_run) {
  world.claim();
  ok(remove.run(FakeWorld::actor(world.bob), id));
  EXPECT_TRUE(world.state.jobs.empty());
  EXPECT_EQ(world.signals.ended, std::vector{id});
  EXPECT_EQ(code_of(remove.run(FakeWorld::actor(world.bob), id)), ErrorCode::not_found);
}

// A repeat would be refused with the state that the first one has made.
TEST_F(ChangeJobTest, where_something_fails_behind_a_change_the_error_says_that_it_took_place) {
  const Actor ada = FakeWorld::actor(world.ada);
  const auto starts = [](const Error& error, std::string_view what) {
    EXPECT_EQ(error.code, ErrorCode::unavailable);
    EXPECT_TRUE(error.message.starts_with(what)) << error.message;
  };
  world.state.faults.audit_fails = true;
  starts(error_of(cancel.run(ada, id)), "The job was cancelled, but");
  starts(error_of(retry.run(ada, id)), "The job was put back into the queue, but");
  EXPECT_EQ(world.job(id).status, JobStatus::queued);
  {
    const auto watch = world.signals.watch(id, [this] { world.state.faults.reads_fail = true; });
    starts(error_of(cancel.run(FakeWorld::actor(world.bob), id)), "The job was cancelled, but");
  }
  world.state.faults.reads_fail = false;
  EXPECT_EQ(world.job(id).status, JobStatus::cancelled);
  starts(error_of(remove.run(ada, id)), "The job was removed, but");
  EXPECT_TRUE(world.state.jobs.empty());
}

TEST_F(ChangeJobTest, a_stranger_changes_nothing) {
  const Actor eve = FakeWorld::actor(world.eve);
  EXPECT_EQ(code_of(cancel.run(eve, id)), ErrorCode::permission_denied);
  EXPECT_EQ(code_of(retry.run(eve, id)), ErrorCode::permission_denied);
  EXPECT_EQ(code_of(remove.run(eve, id)), ErrorCode::permission_denied);
  EXPECT_EQ(world.job(id).status, JobStatus::queued);
}

TEST_F(ChangeJobTest, an_act_on_ones_own_job_is_not_audited_and_one_on_anothers_is) {
  ok(cancel.run(FakeWorld::actor(world.bob), id));
  EXPECT_TRUE(world.state.audit.empty());
  const std::string job = " job " + number_of(id) + " ok";
  ok(retry.run(FakeWorld::actor(world.ada), id));
  EXPECT_EQ(world.last_audit(), "job.retry" + job);
  ok(cancel.run(FakeWorld::actor(world.ada), id));
  EXPECT_EQ(world.last_audit(), "job.cancel" + job);
  ok(remove.run(FakeWorld::actor(world.ada), id));
  EXPECT_EQ(world.last_audit(), "job.delete" + job);
}

}  // namespace
}  // namespace orc
