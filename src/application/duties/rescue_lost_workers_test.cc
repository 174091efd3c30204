#include "application/duties/rescue_lost_workers.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <tuple>

#include "application/duties/beat_worker.h"
#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

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

struct RescueWorld {
  FakeWorld world;
  std::vector<RunName> held;
  BeatWorker beat{world.registration, [this] { return held; }};
  RescueLostWorkers rescue{seeing(world.workers)};

  RescueLostWorkers::Ports seeing(WorkerStore& workers) {
    return {.workers = workers,
            .jobs = world.jobs,
            .writes = world.readiness,
            .signals = world.signals,
            .clock = world.clock,
            .log = world.log};
  }

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

  // As time passes for a worker, which beats again and again, and a rescuer.
  void live_for(std::chrono::seconds time) {
    for (; time > 0s; time -= 1s) {
      world.clock.advance(1s);
      if (world.clock.now() >= beats_at) {
        std::ignore = run(beat.run_once());  // refused or not
        beats_at = world.clock.now() + beat.interval();
      }
      std::ignore = run(rescue.run_once());
    }
  }

  Timestamp beats_at{};
};

struct RescueTest : testing::Test, RescueWorld {};

TEST_F(RescueTest, a_worker_that_beats_keeps_its_jobs_for_ever) {
  const ClaimedJob job = running();
  for (int i = 0; i < 30; ++i) {
    ok(beat.run_once());
    ok(rescue.run_once());
    world.clock.advance(beat.interval());
  }
  EXPECT_EQ(world.job(job.id).status, JobStatus::processing);
}

TEST_F(RescueTest, a_worker_whose_beat_stops_loses_its_jobs_after_its_lease) {
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

TEST_F(RescueTest, a_process_never_takes_itself_for_dead) {
  const ClaimedJob job = running();
  rescue.spare(world.registration);
  for (int i = 0; i < 30; ++i) {
    ok(rescue.run_once());
    world.clock.advance(1s);
  }
  EXPECT_EQ(world.job(job.id).status, JobStatus::processing);
}

TEST_F(RescueTest, a_worker_that_has_signed_off_takes_no_place_again) {
  ok(world.registration.sign_off());
  ok(beat.run_once());
  EXPECT_TRUE(world.state.workers.empty());
}

TEST_F(RescueTest, a_new_rescuer_grants_everybody_a_whole_lease) {
  const ClaimedJob job = running();
  world.clock.advance(1h);
  ok(rescue.run_once());
  EXPECT_EQ(world.job(job.id).status, JobStatus::processing);
}

TEST_F(RescueTest, while_nobody_can_look_no_lease_ends) {
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

TEST(Rescue, no_lease_ends_because_the_store_took_no_changes_for_a_while) {
  for (std::chrono::seconds outage = 1s; outage <= 25s; outage += 1s)
    for (std::chrono::seconds begin = 1s; begin <= worker_beat; begin += 1s) {
      RescueWorld alive;
      const ClaimedJob job = alive.running();
      alive.live_for(10s + begin);
      alive.world.state.faults.changes_fail = true;
      alive.live_for(outage);
      alive.world.state.faults.changes_fail = false;
      alive.live_for(2 * worker_lease);
      EXPECT_EQ(alive.world.job(job.id).status, JobStatus::processing) << "an outage of " << outage.count() << " s, " << begin.count();
    }
}

TEST_F(RescueTest, who_died_while_the_store_took_no_changes_is_rescued_within_a_lease_after_it_does_again) {
  const ClaimedJob job = running();
  live_for(10s);
  world.state.faults.changes_fail = true;
  live_for(60s);
  world.state.faults.changes_fail = false;
  look_for(worker_lease);
  EXPECT_EQ(world.job(job.id).status, JobStatus::queued);
}

TEST_F(RescueTest, slow_looks_still_find_the_dead) {
  const ClaimedJob job = running();
  for (int i = 0; i < 6; ++i) {
    ok(rescue.run_once());
    EXPECT_EQ(world.job(job.id).status, i < 5 ? JobStatus::processing : JobStatus::queued);
    world.clock.advance(10s);
  }
}

TEST_F(RescueTest, a_jump_of_the_wall_clock_ends_no_lease) {
  const ClaimedJob job = running();
  ok(rescue.run_once());
  world.clock.jump_wall_clock(48h);
  world.clock.advance(5s);
  ok(rescue.run_once());
  world.clock.jump_wall_clock(-96h);
  ok(rescue.run_once());
  EXPECT_EQ(world.job(job.id).status, JobStatus::processing);
}

TEST_F(RescueTest, a_rescuer_that_was_paused_in_the_midst_of_a_look_judges_nobody_by_it) {
  WorkersSeenBeforeAPause workers{world.workers, world.clock};
  RescueLostWorkers rescuer{seeing(workers)};
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

TEST_F(RescueTest, of_jobs_that_were_given_back_the_workers_are_told_twice) {
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

TEST_F(RescueTest, a_claim_of_a_dead_worker_that_still_waits_hears_nothing_of_its_jobs) {
  NotedRemovals workers{world.workers, world.signals};
  RescueLostWorkers rescuer{seeing(workers)};
  running();
  const int before = world.signals.work_arrivals;
  for (auto time = 0s; time <= worker_lease; time += 1s) {
    ok(rescuer.run_once());
    world.clock.advance(1s);
  }
  EXPECT_EQ(workers.hints_before, before);
  EXPECT_EQ(world.signals.work_arrivals, before + 1);
}

TEST_F(RescueTest, a_rescue_that_broke_off_is_done_again) {
  const ClaimedJob job = running();
  ok(rescue.run_once());
  look_for(worker_lease - 1s);
  world.clock.advance(1s);
  world.state.faults.rescue_fails_of = world.worker;
  EXPECT_EQ(code_of(rescue.run_once()), ErrorCode::unavailable);
  world.state.faults.rescue_fails_of.reset();
  ok(rescue.run_once());
  EXPECT_EQ(world.job(job.id).status, JobStatus::queued);
  EXPECT_TRUE(world.state.workers.empty());
}

TEST_F(RescueTest, a_worker_that_cannot_be_rescued_keeps_nobody_else_from_it) {
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

TEST_F(RescueTest, a_worker_is_rescued_however_many_jobs_it_has_taken) {
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

TEST_F(RescueTest, who_waits_for_a_job_that_died_with_its_workers_is_woken) {
  const ClaimedJob job = running();
  world.state.jobs.at(job.id).losses = job_losses_max;
  ok(rescue.take_over({}));
  EXPECT_EQ(world.job(job.id).status, JobStatus::failed);
  EXPECT_EQ(world.signals.ended, std::vector{job.id});
}

// What a restart costs, and a worker that fell silent.
TEST_F(RescueTest, a_restart_of_its_server_is_held_against_a_job_less_than_a_worker_that_fell_silent) {
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

TEST_F(RescueTest, a_new_owner_of_the_store_takes_everything_over_at_once) {
  const ClaimedJob job = running();
  ok(rescue.take_over({}));
  EXPECT_EQ(world.job(job.id).status, JobStatus::queued);
  EXPECT_TRUE(world.state.workers.empty());
}

TEST_F(RescueTest, a_new_owner_of_the_store_leaves_workers_elsewhere_to_their_beats) {
  const WorkerId runner = ok(world.workers.add({.name = "runner", .home = WorkerHome::elsewhere}));
  world.submit(world.job_of(world.bob));
  const JobId job = ok(world.jobs.claim(runner, 1)).jobs.at(0).id;
  ok(rescue.take_over({}));
  EXPECT_EQ(world.job(job).status, JobStatus::processing);
  ok(rescue.run_once());
  look_for(worker_lease);
  EXPECT_EQ(world.job(job).status, JobStatus::queued);
}

TEST_F(RescueTest, a_new_owner_of_a_data_directory_takes_over_what_its_predecessor_left_and_nothing_else) {
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

}  // namespace
}  // namespace orc
