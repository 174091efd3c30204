#include <algorithm>
#include <gtest/gtest.h>

#include "application/duties/beat_worker.h"
#include "application/duties/end_orphans.h"
#include "application/duties/end_overdue.h"
#include "application/duties/prune_deliberations.h"
#include "application/duties/prune_old_rows.h"
#include "application/duties/rescue_lost_workers.h"
#include "application/duties/sweep_blobs.h"
#include "domain/deliberation/deliberation_script.h"
#include "tests/fakes/fake_world.h"
#include "tests/fakes/memory_deliberation_store.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

struct DutiesTest : testing::Test {
  FakeWorld world;
  std::vector<RunName> held;
  BeatWorker beat{world.registration, [this] { return held; }};
  RescueLostWorkers rescue{world.workers, world.jobs, world.signals, world.clock, world.log};
  SweepBlobs sweep{world.blobs, world.blob_catalog, world.clock};

  // As time passes for a rescuer.
  void look_for(std::chrono::milliseconds time) {
    for (; time > 0ms; time -= 1s) {
      world.clock.advance(std::min(time, std::chrono::milliseconds{1s}));
      ok(rescue.run_once());
    }
  }

  ClaimedJob running() {
    world.submit(world.job_of(world.bob));
    ClaimedJob job = world.claim();
    held.push_back({.job = job.id, .fence = job.fence});
    return job;
  }
};

TEST_F(DutiesTest, a_worker_that_beats_keeps_its_jobs_for_ever) {
  const ClaimedJob job = running();
  for (int i = 0; i < 30; ++i) {
    ok(beat.run_once());
    ok(rescue.run_once());
    world.clock.advance(beat.interval());
  }
  EXPECT_EQ(world.job(job.id).status, JobStatus::processing);
}

TEST_F(DutiesTest, a_worker_whose_beat_stops_loses_its_jobs_after_its_lease) {
  const ClaimedJob job = running();
  ok(rescue.run_once());
  look_for(worker_lease - 1ms);
  EXPECT_EQ(world.job(job.id).status, JobStatus::processing);
  look_for(1ms);
  EXPECT_EQ(world.job(job.id).status, JobStatus::queued);
  EXPECT_EQ(world.job(job.id).attempts, 0);
  EXPECT_TRUE(world.state.workers.empty());
  EXPECT_EQ(world.signals.work_arrivals, 1);
  EXPECT_TRUE(world.log.holds("worker lost"));

  // The paused worker takes a new place, and the late end of what it ran is refused.
  ok(beat.run_once());
  EXPECT_NE(world.registration.id(), world.worker);
  EXPECT_EQ(ok(world.jobs.claim(world.registration.id(), 1)).jobs.size(), 1u);
  EXPECT_EQ(code_of(world.jobs.finish({.id = job.id, .fence = job.fence, .trigger = JobTrigger::succeeded})), ErrorCode::conflict);
}

TEST_F(DutiesTest, a_process_never_takes_itself_for_dead) {
  const ClaimedJob job = running();
  rescue.spare(world.registration);
  for (int i = 0; i < 30; ++i) {
    ok(rescue.run_once());
    world.clock.advance(1s);
  }
  EXPECT_EQ(world.job(job.id).status, JobStatus::processing);
}

TEST_F(DutiesTest, a_worker_that_has_signed_off_takes_no_place_again) {
  ok(world.registration.sign_off());
  ok(beat.run_once());
  EXPECT_TRUE(world.state.workers.empty());
}

TEST_F(DutiesTest, a_new_rescuer_grants_everybody_a_whole_lease) {
  const ClaimedJob job = running();
  world.clock.advance(1h);
  ok(rescue.run_once());
  EXPECT_EQ(world.job(job.id).status, JobStatus::processing);
}

TEST_F(DutiesTest, while_nobody_can_look_no_lease_ends) {
  const ClaimedJob job = running();
  ok(rescue.run_once());
  look_for(4s);
  world.clock.advance(1h);  // the database was away: neither could its workers beat
  ok(rescue.run_once());
  EXPECT_EQ(world.job(job.id).status, JobStatus::processing);
  look_for(3s);
  EXPECT_EQ(world.job(job.id).status, JobStatus::processing);
  look_for(1s);
  EXPECT_EQ(world.job(job.id).status, JobStatus::queued) << "from then on the rest of its lease counts";
}

TEST_F(DutiesTest, slow_looks_still_find_the_dead) {
  const ClaimedJob job = running();
  for (int i = 0; i < 6; ++i) {
    ok(rescue.run_once());
    EXPECT_EQ(world.job(job.id).status, i < 5 ? JobStatus::processing : JobStatus::queued);
    world.clock.advance(10s);
  }
}

TEST_F(DutiesTest, a_jump_of_the_wall_clock_ends_no_lease) {
  const ClaimedJob job = running();
  ok(rescue.run_once());
  world.clock.jump_wall_clock(48h);
  world.clock.advance(5s);
  ok(rescue.run_once());
  world.clock.jump_wall_clock(-96h);
  ok(rescue.run_once());
  EXPECT_EQ(world.job(job.id).status, JobStatus::processing);
}

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

// The worker store of a process that is stopped between the store's answer and what it makes of it: a paused virtual machine, SIGSTOP.
class WorkersSeenBeforeAPause final : public WorkerStore {
 public:
  WorkersSeenBeforeAPause(WorkerStore& workers, FakeClock& clock) : workers_(workers), clock_(clock) {}
  Async<WorkerId> add(NewWorker worker) override { return workers_.add(std::move(worker)); }
  Async<void> beat(WorkerId id) override { return workers_.beat(id); }
  Async<void> set_intake(WorkerId id, WorkerIntake intake) override { return workers_.set_intake(id, intake); }
  Async<void> remove(WorkerId id) override { return workers_.remove(id); }
  Async<std::vector<Worker>> list() override {
    auto seen = co_await workers_.list();
    clock_.advance(pause);
    co_return seen;
  }

  std::chrono::milliseconds pause{0};

 private:
  WorkerStore& workers_;
  FakeClock& clock_;
};

TEST_F(DutiesTest, a_rescuer_that_was_paused_in_the_midst_of_a_look_judges_nobody_by_it) {
  WorkersSeenBeforeAPause workers{world.workers, world.clock};
  RescueLostWorkers rescuer{workers, world.jobs, world.signals, world.clock, world.log};
  const ClaimedJob job = running();
  ok(beat.run_once());
  ok(rescuer.run_once());
  world.clock.advance(1s);
  workers.pause = 2 * worker_lease;
  ok(rescuer.run_once());
  EXPECT_EQ(world.job(job.id).status, JobStatus::processing) << "the worker was silent for one second when it was looked at";
  workers.pause = 0s;
  ok(beat.run_once());
  ok(rescuer.run_once());
  EXPECT_EQ(world.job(job.id).status, JobStatus::processing);
  for (auto time = 0s; time < worker_lease; time += 1s) {
    world.clock.advance(1s);
    ok(rescuer.run_once());
  }
  EXPECT_EQ(world.job(job.id).status, JobStatus::queued);
}

TEST_F(DutiesTest, of_jobs_that_were_given_back_the_workers_are_told_twice) {
  running();
  ok(rescue.run_once());
  look_for(worker_lease - 1s);
  const auto before = world.signals.work_hints();
  look_for(1s);
  EXPECT_EQ(world.signals.work_hints(), before + 1);
  look_for(1s);
  EXPECT_EQ(world.signals.work_hints(), before + 2) << "a claim may have passed over rows that another rescuer held";
  look_for(3s);
  EXPECT_EQ(world.signals.work_hints(), before + 2);
}

// Notes how often anybody had been told of work when a worker was removed.
class NotedRemovals final : public WorkerStore {
 public:
  NotedRemovals(WorkerStore& workers, FakeSignals& signals) : workers_(workers), signals_(signals) {}
  Async<WorkerId> add(NewWorker worker) override { return workers_.add(std::move(worker)); }
  Async<void> beat(WorkerId id) override { return workers_.beat(id); }
  Async<void> set_intake(WorkerId id, WorkerIntake intake) override { return workers_.set_intake(id, intake); }
  Async<std::vector<Worker>> list() override { return workers_.list(); }
  Async<void> remove(WorkerId id) override {
    hints_before = signals_.work_arrivals;
    return workers_.remove(id);
  }

  int hints_before = -1;

 private:
  WorkerStore& workers_;
  FakeSignals& signals_;
};

TEST_F(DutiesTest, a_claim_of_a_dead_worker_that_still_waits_hears_nothing_of_its_jobs) {
  NotedRemovals workers{world.workers, world.signals};
  RescueLostWorkers rescuer{workers, world.jobs, world.signals, world.clock, world.log};
  running();
  const int before = world.signals.work_arrivals;
  for (auto time = 0s; time <= worker_lease; time += 1s) {
    ok(rescuer.run_once());
    world.clock.advance(1s);
  }
  EXPECT_EQ(workers.hints_before, before);
  EXPECT_EQ(world.signals.work_arrivals, before + 1);
}

TEST_F(DutiesTest, a_rescue_that_broke_off_is_done_again) {
  const ClaimedJob job = running();
  ok(rescue.run_once());
  look_for(worker_lease - 1s);
  world.clock.advance(1s);
  world.state.faults.changes_fail = true;
  EXPECT_EQ(code_of(rescue.run_once()), ErrorCode::unavailable);
  world.state.faults.changes_fail = false;
  ok(rescue.run_once());
  EXPECT_EQ(world.job(job.id).status, JobStatus::queued);
  EXPECT_TRUE(world.state.workers.empty());
}

TEST_F(DutiesTest, a_worker_that_cannot_be_rescued_keeps_nobody_else_from_it) {
  const ClaimedJob job = running();
  const WorkerId stuck = world.worker;
  const WorkerId other = ok(world.workers.add({.name = "host:2"}));
  world.submit(world.job_of(world.bob));
  const JobId second = ok(world.jobs.claim(other, 1)).jobs.at(0).id;
  world.state.faults.rescue_fails_of = stuck;
  EXPECT_EQ(code_of(rescue.take_over({})), ErrorCode::unavailable);
  EXPECT_EQ(world.job(job.id).status, JobStatus::processing);
  EXPECT_EQ(world.job(second).status, JobStatus::queued);
}

TEST_F(DutiesTest, a_worker_is_rescued_however_many_jobs_it_has_taken) {
  const int count = 2 * rescue_batch_max + 1;
  for (int i = 0; i < count; ++i) world.submit(world.job_of(world.bob));
  const WorkerId large = ok(world.workers.add({.name = "host:2", .slots = count}));
  for (int won = 0; won < count;) {
    const std::size_t more = ok(world.jobs.claim(large, 1000)).jobs.size();
    ASSERT_GT(more, 0u);
    won += static_cast<int>(more);
  }
  ok(rescue.take_over({}));
  EXPECT_EQ(ok(world.job_reader.counts({})), (JobCounts{count, 0, 0, 0, 0}));
  EXPECT_TRUE(world.state.workers.empty());
}

TEST_F(DutiesTest, who_waits_for_a_job_that_died_with_its_workers_is_woken) {
  const ClaimedJob job = running();
  world.state.jobs.at(job.id).losses = job_losses_max;
  ok(rescue.take_over({}));
  EXPECT_EQ(world.job(job.id).status, JobStatus::failed);
  EXPECT_EQ(world.signals.ended, std::vector{job.id});
}

// What a restart costs, and a worker that fell silent.
TEST_F(DutiesTest, a_restart_of_its_server_is_held_against_a_job_less_than_a_worker_that_fell_silent) {
  const ClaimedJob restarted = running();
  ok(rescue.take_over({}));
  EXPECT_EQ(world.state.jobs.at(restarted.id).losses, judge_loss(WorkerEnd::replaced, 0).losses);

  const WorkerId other = ok(world.workers.add({.name = "host:2"}));
  ASSERT_EQ(ok(world.jobs.claim(other, 1)).jobs.at(0).id, restarted.id);
  ok(rescue.run_once());
  look_for(worker_lease);
  EXPECT_EQ(world.job(restarted.id).status, JobStatus::queued);
  EXPECT_EQ(world.state.jobs.at(restarted.id).losses, judge_loss(WorkerEnd::fell_silent, 1).losses);
}

TEST_F(DutiesTest, a_new_owner_of_the_store_takes_everything_over_at_once) {
  const ClaimedJob job = running();
  ok(rescue.take_over({}));
  EXPECT_EQ(world.job(job.id).status, JobStatus::queued);
  EXPECT_TRUE(world.state.workers.empty());
}

TEST_F(DutiesTest, a_new_owner_of_the_store_leaves_workers_elsewhere_to_their_beats) {
  const WorkerId runner = ok(world.workers.add({.name = "runner", .home = WorkerHome::elsewhere}));
  world.submit(world.job_of(world.bob));
  const JobId job = ok(world.jobs.claim(runner, 1)).jobs.at(0).id;
  ok(rescue.take_over({}));
  EXPECT_EQ(world.job(job).status, JobStatus::processing);
  ok(rescue.run_once());
  look_for(worker_lease);
  EXPECT_EQ(world.job(job).status, JobStatus::queued);
}

TEST_F(DutiesTest, a_new_owner_of_a_data_directory_takes_over_what_its_predecessor_left_and_nothing_else) {
  const WorkerId ours = ok(world.workers.add({.name = "dead", .instance = "ours"}));
  const WorkerId theirs = ok(world.workers.add({.name = "alive", .instance = "theirs"}));
  const WorkerId unknown = ok(world.workers.add({.name = "of an earlier release"}));
  std::map<WorkerId, JobId> jobs;
  for (const WorkerId worker : {ours, theirs, unknown}) {
    world.submit(world.job_of(world.bob));
    jobs[worker] = ok(world.jobs.claim(worker, 1)).jobs.at(0).id;
  }
  ok(rescue.take_over("ours"));
  EXPECT_EQ(world.job(jobs[ours]).status, JobStatus::queued);
  EXPECT_EQ(world.job(jobs[theirs]).status, JobStatus::processing);
  EXPECT_EQ(world.job(jobs[unknown]).status, JobStatus::processing);
  EXPECT_FALSE(world.state.workers.contains(ours));
}

// Orphans.

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

TEST_F(DutiesTest, pruning_stops_at_an_absent_store) {
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
