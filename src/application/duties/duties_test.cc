#include <algorithm>
#include <gtest/gtest.h>

#include "application/duties/end_orphans.h"
#include "application/duties/end_overdue.h"
#include "application/duties/prune_deliberations.h"
#include "application/duties/prune_old_rows.h"
#include "application/duties/sweep_blobs.h"
#include "domain/deliberation/deliberation_script.h"
#include "tests/fakes/fake_world.h"
#include "tests/fakes/memory_deliberation_store.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

struct DutiesTest : testing::Test {
  FakeWorld world;
  SweepBlobs sweep{world.blobs, world.blob_catalog, world.clock};

  ClaimedJob running() {
    world.submit(world.job_of(world.bob));
    return world.claim();
  }
};

TEST_F(DutiesTest, a_job_that_nobody_runs_in_time_ends_and_whoever_waits_for_it_is_told) {
  EndOverdue duty{world.jobs, world.signals, world.log};
  NewJob impatient = world.job_of(world.bob);
  impatient.queue_time = 30s;
  const JobId id = world.submit(impatient);
  bool heard = false;
  const auto watch = world.signals.watch(id, [&] { heard = true; });
  world.clock.advance(30s);
  ok(duty.run_once());
  EXPECT_EQ(world.job(id).status, JobStatus::queued);
  world.clock.advance(1ms);
  ok(duty.run_once());
  EXPECT_EQ(world.job(id).error_message, "it waited 30 s to be run, longer than limits.queue_seconds 30");
  EXPECT_TRUE(heard);
  EXPECT_TRUE(world.log.holds("jobs waited too long"));
  world.state.faults.changes_fail = true;
  EXPECT_EQ(code_of(duty.run_once()), ErrorCode::unavailable);
}

TEST_F(DutiesTest, orphans_end_in_batches_and_who_waits_for_them_is_woken) {
  EndOrphans orphans{world.jobs, world.signals, world.log};
  const int count = 2 * EndOrphans::batch_jobs + 1;
  for (int i = 0; i < count; ++i) world.submit(world.job_of(world.bob));
  ok(world.plugins.erase(world.echo.id));
  ok(orphans.run_once());
  EXPECT_EQ(world.signals.ended.size(), static_cast<std::size_t>(count));
  EXPECT_TRUE(std::ranges::all_of(world.state.jobs, [](const auto& known) { return known.second.job.status == JobStatus::failed; }));
  EXPECT_EQ(world.signals.work_arrivals, 2) << "a claim may have met nothing but orphans";
}

TEST_F(DutiesTest, orphans_that_cannot_be_ended_after_a_removal_are_left_to_the_duty) {
  EndOrphans orphans{world.jobs, world.signals, world.log};
  const JobId job = world.submit(world.job_of(world.bob));
  ok(world.users.erase(world.bob.id));
  world.state.faults.changes_fail = true;
  ok([&]() -> Async<void> {
    co_await orphans.after_removal();
    co_return Result<void>{};
  }());
  EXPECT_TRUE(world.log.holds("jobs of what was removed end later"));
  EXPECT_EQ(code_of(orphans.run_once()), ErrorCode::unavailable);
  world.state.faults.changes_fail = false;
  ok(orphans.run_once());
  EXPECT_EQ(world.job(job).status, JobStatus::cancelled);
}

// Pruning.

TEST_F(DutiesTest, old_rows_go_by_their_own_periods_in_batches) {
  for (int i = 0; i < PruneOldRows::batch_rows + 100; ++i) {
    MemoryJob& row = world.state.jobs[JobId{1000 + i}];
    row.job.id = JobId{1000 + i};
    row.job.status = JobStatus::completed;
    row.job.completed_at = world.clock.now();
    row.log.push_back({.stored_at = world.clock.now(), .lines = {{.n = 1}}});
  }
  ok(world.audit.append({.actor = {}, .action = "user.login", .subject = "user 1", .from = {}}));
  PruneOldRows prune{world.retention, world.clock, {.jobs = 48h, .logs = 24h, .audit = 72h}};

  world.clock.advance(24h);
  ok(prune.run_once());
  EXPECT_EQ(world.state.jobs.at(JobId{1000}).log.size(), 1u) << "exactly as old as the period stays";
  world.clock.advance(1h);
  ok(prune.run_once());
  EXPECT_TRUE(std::ranges::all_of(world.state.jobs, [](const auto& known) { return known.second.log.empty(); }));
  EXPECT_EQ(world.state.jobs.size(), static_cast<std::size_t>(PruneOldRows::batch_rows) + 100);
  world.clock.advance(24h);
  ok(prune.run_once());
  EXPECT_TRUE(world.state.jobs.empty());
  EXPECT_EQ(world.state.audit.size(), 1u);
  world.clock.advance(24h);
  ok(prune.run_once());
  EXPECT_TRUE(world.state.audit.empty());
}

TEST_F(DutiesTest, logs_are_bounded_in_size_too) {
  const ClaimedJob job = running();
  MemoryJob& row = world.state.jobs.at(job.id);
  for (int i = 0; i < 3; ++i) {
    row.log.push_back({.stored_at = world.clock.now(), .lines = {{.n = i + 1, .text = "0123456789"}}});
    world.clock.advance(1s);
  }
  PruneOldRows prune{world.retention, world.clock, {.log_bytes_max = 20}};
  ok(prune.run_once());
  ASSERT_EQ(row.log.size(), 2u);
  EXPECT_EQ(row.log[0].lines[0].n, 2);
}

TEST_F(DutiesTest, a_period_of_zero_keeps_for_ever) {
  const ClaimedJob job = running();
  ok(world.jobs.cancel(job.id));
  PruneOldRows prune{world.retention, world.clock, {.jobs = 0s, .logs = 0s, .audit = 0s}};
  world.clock.advance(10'000h);
  ok(prune.run_once());
  EXPECT_EQ(world.state.jobs.size(), 1u);
}

// A store one of whose tables is damaged.
class RetentionWithoutLogs final : public Retention {
 public:
  explicit RetentionWithoutLogs(Retention& retention) : retention_(retention) {}
  Async<int> prune_jobs(Timestamp cutoff, int count) override { return retention_.prune_jobs(cutoff, count); }
  Async<int> prune_logs(Timestamp, int) override { co_return fail(ErrorCode::internal, "a page cannot be read"); }
  Async<int> prune_logs_beyond(std::int64_t, int) override { co_return fail(ErrorCode::unavailable, "a page cannot be read"); }
  Async<int> prune_events(Timestamp cutoff, int count) override { return retention_.prune_events(cutoff, count); }
  Async<int> prune_audit(Timestamp cutoff, int count) override { return retention_.prune_audit(cutoff, count); }
  Async<int> prune_idempotency_keys(Timestamp cutoff, int count) override { return retention_.prune_idempotency_keys(cutoff, count); }

 private:
  Retention& retention_;
};

TEST_F(DutiesTest, a_kind_that_cannot_be_pruned_keeps_no_other_from_it_and_is_told) {
  const ClaimedJob job = running();
  ok(world.jobs.cancel(job.id));
  ok(world.audit.append({.actor = {}, .action = "user.login", .subject = "user 1", .from = {}}));
  RetentionWithoutLogs damaged{world.retention};
  PruneOldRows prune{damaged, world.clock, {.jobs = 1h, .audit = 1h, .log_bytes_max = 1}};
  world.clock.advance(30 * 24h);
  const Error told = error_of(prune.run_once());
  EXPECT_TRUE(world.state.jobs.empty());
  EXPECT_TRUE(world.state.audit.empty());
  EXPECT_EQ(told.code, ErrorCode::internal);
  EXPECT_EQ(told.message,
            "logs could not be pruned: a page cannot be read; logs that are too large together could not be pruned: a page cannot be read");
}

TEST_F(DutiesTest, pruning_of_an_absent_store_fails) {
  PruneOldRows prune{world.retention, world.clock, {}};
  world.state.faults.changes_fail = true;
  EXPECT_EQ(code_of(prune.run_once()), ErrorCode::unavailable);
}

// Sweeping.

TEST_F(DutiesTest, blobs_that_nothing_refers_to_go_after_a_day) {
  NewJob given = world.job_of(world.bob);
  given.input = {.text = {}, .blob = ok(world.blobs.put("an input"))};
  const JobId job = world.submit(given);
  std::vector<ContentHash> loose;
  for (int i = 0; i < 2 * SweepBlobs::batch_blobs + 50; ++i) loose.push_back(ok(world.blobs.put("loose " + std::to_string(i))));
  ok(world.blob_catalog.record(loose[0], 7, world.bob.id));

  world.clock.advance(SweepBlobs::grace);
  ok(sweep.run_once());
  EXPECT_TRUE(world.blobs.holds(loose[1])) << "exactly a day old is not old yet";
  world.clock.advance(1ms);
  const ContentHash fresh = ok(world.blobs.put("fresh"));
  ok(sweep.run_once());
  for (const ContentHash& hash : loose) EXPECT_FALSE(world.blobs.holds(hash));
  EXPECT_TRUE(world.blobs.holds(*given.input.blob));
  EXPECT_TRUE(world.blobs.holds(fresh));
  EXPECT_TRUE(ok(world.blob_catalog.recorded({loose[0]})).empty());

  ok(world.jobs.erase(job));
  ok(sweep.run_once());
  EXPECT_FALSE(world.blobs.holds(*given.input.blob));
}

TEST_F(DutiesTest, a_blob_that_came_again_is_not_swept) {
  const ContentHash hash = ok(world.blobs.put("again"));
  world.clock.advance(SweepBlobs::grace + 1h);
  ok(world.blobs.put("again"));
  ok(sweep.run_once());
  EXPECT_TRUE(world.blobs.holds(hash));
}

TEST(prune_deliberations, what_nobody_keeps_goes_in_batches_and_zero_keeps_for_ever) {
  FakeWorld world;
  MemoryDeliberationStore store{world.state};
  const int many = PruneDeliberations::batch_rows + 10;
  for (int i = 0; i < many; ++i) {
    const std::string id = "d-" + std::to_string(i);
    ok(store.add({.id = id, .request = DeliberationScript::request_for(1), .plan = preset_plan("independent", {}).value()}));
    ok(store.end(id, {.status = DeliberationStatus::failed, .error = "x"}));
  }
  world.clock.advance(49h);
  PruneDeliberations keeping{store, world.clock, 0s};
  ok(keeping.run_once());
  EXPECT_EQ(ok(store.list({})).total, many);
  PruneDeliberations prune{store, world.clock, 48h};
  ok(prune.run_once());
  EXPECT_EQ(ok(store.list({})).total, 0);
}

}  // namespace
}  // namespace orc
