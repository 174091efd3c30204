#include <algorithm>

#include "domain/job/verdict.h"
#include "tests/contract/job_store_suite.h"

namespace orc {

using std::chrono_literals::operator""s;

TEST_F(JobStoreContract, the_jobs_of_a_dead_worker_run_elsewhere) {
  const auto ids = submit_all({job(), job(), job(), job()});
  const auto lost = claim(2);
  const WorkerId other = ok(db.workers.add({.name = "host:2", .slots = worker_slots}));
  const auto kept = ok(db.jobs.claim(other, 1)).jobs;
  db.clock.advance(10s);

  Rescue rescue = ok(db.jobs.rescue(worker, WorkerEnd::fell_silent));
  std::ranges::sort(rescue.requeued);
  EXPECT_EQ(rescue.requeued, ids_of(lost));
  EXPECT_TRUE(rescue.failed.empty());
  EXPECT_EQ(get(kept.at(0).id).status, JobStatus::processing);
  EXPECT_EQ(count_of(JobStatus::queued), 3);

  const Attempt attempt = ok(db.reader.attempts(ids[0])).at(0);
  EXPECT_EQ(attempt.outcome, AttemptOutcome::worker_lost);
  EXPECT_EQ(attempt.ended_at, start + 10s);
  EXPECT_EQ(get(ids[0]).attempts, 0);
  EXPECT_FALSE(get(ids[0]).completed_at);

  const auto again = ok(db.jobs.claim(other, 2)).jobs;
  EXPECT_EQ(ids_of(again), (std::vector{ids[0], ids[1]}));
  EXPECT_EQ(again.at(0).attempt, 1);
  EXPECT_GT(again.at(0).fence, lost.at(0).fence);
}

TEST_F(JobStoreContract, a_paused_worker_finds_its_result_refused_after_the_rescue) {
  const ClaimedJob claimed = running();
  ok(db.jobs.rescue(worker, WorkerEnd::fell_silent));
  EXPECT_EQ(code_of(db.jobs.finish(success(claimed))), ErrorCode::conflict);
  const ClaimedJob again = claim(1).at(0);
  EXPECT_EQ(code_of(db.jobs.finish(success(claimed))), ErrorCode::conflict);
  EXPECT_EQ(finish(success(again)), JobStatus::completed);
}

TEST_F(JobStoreContract, a_second_rescue_finds_nothing) {
  running();
  EXPECT_EQ(ok(db.jobs.rescue(worker, WorkerEnd::fell_silent)).requeued.size(), 1u);
  const Rescue again = ok(db.jobs.rescue(worker, WorkerEnd::fell_silent));
  EXPECT_TRUE(again.requeued.empty() && again.failed.empty());
  const Rescue of_nobody = ok(db.jobs.rescue(WorkerId{999'999}, WorkerEnd::fell_silent));
  EXPECT_TRUE(of_nobody.requeued.empty() && of_nobody.failed.empty());
}

TEST_F(JobStoreContract, a_rescue_takes_a_batch_of_what_a_worker_has_taken) {
  const int rest = 3;
  for (int left = rescue_batch_max + rest; left > 0; left -= 100)
    ok(db.jobs.submit(std::vector<NewJob>(static_cast<std::size_t>(std::min(left, 100)), job())));
  EXPECT_EQ(claim(1000).size(), static_cast<std::size_t>(rescue_batch_max + rest));
  EXPECT_EQ(ok(db.jobs.rescue(worker, WorkerEnd::fell_silent)).requeued.size(), static_cast<std::size_t>(rescue_batch_max));
  EXPECT_EQ(ok(db.jobs.rescue(worker, WorkerEnd::fell_silent)).requeued.size(), static_cast<std::size_t>(rest));
  EXPECT_TRUE(ok(db.jobs.rescue(worker, WorkerEnd::fell_silent)).requeued.empty());
}

TEST_F(JobStoreContract, a_rescue_leaves_ended_jobs_alone) {
  const JobId completed = job_in(JobStatus::completed);
  const JobId cancelled = job_in(JobStatus::cancelled);
  const ClaimedJob claimed = running();
  EXPECT_EQ(ok(db.jobs.rescue(worker, WorkerEnd::fell_silent)).requeued, std::vector{claimed.id});
  EXPECT_EQ(get(completed).status, JobStatus::completed);
  EXPECT_EQ(get(cancelled).status, JobStatus::cancelled);
}

TEST_F(JobStoreContract, a_job_whose_workers_keep_falling_silent_runs_four_times_and_becomes_a_dead_letter) {
  const JobId id = submit(job());
  for (const auto wait : {0s, 1s, 2s}) {
    ASSERT_EQ(claim(1).at(0).attempt, 1) << "it costs no attempt";
    ASSERT_EQ(ok(db.jobs.rescue(worker, WorkerEnd::fell_silent)).requeued, std::vector{id});
    if (wait == 0s) continue;
    EXPECT_EQ(get(id).run_at, db.clock.now() + wait);
    EXPECT_TRUE(claim(1).empty());
    db.clock.advance(wait);
  }
  const ClaimedJob last = claim(1).at(0);
  db.clock.advance(3s);
  const Rescue rescue = ok(db.jobs.rescue(worker, WorkerEnd::fell_silent));
  EXPECT_TRUE(rescue.requeued.empty());
  EXPECT_EQ(rescue.failed, std::vector{id});
  const Job read = get(id);
  EXPECT_EQ(read.status, JobStatus::failed);
  EXPECT_EQ(read.error_message, lost_too_often);
  EXPECT_EQ(read.completed_at, db.clock.now());
  const DeadLetterPage dead = ok(db.reader.dead_letters({}));
  ASSERT_EQ(dead.total, 1);
  EXPECT_EQ(dead.items.at(0).job, id);
  EXPECT_EQ(dead.items.at(0).reason, read.error_message);
  EXPECT_EQ(code_of(db.jobs.finish(success(last))), ErrorCode::conflict);
  EXPECT_EQ(ok(db.reader.attempts(id)).size(), 4u);
}

TEST_F(JobStoreContract, jobs_that_lose_a_worker_together_again_come_back_one_by_one) {
  const auto ids = submit_all(std::vector<NewJob>(3, job()));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(ids_of(claim(10)), ids) << "after the first loss at once, to be elsewhere soon";
    ok(db.jobs.rescue(worker, WorkerEnd::fell_silent));
  }
  for (const JobId id : ids) {
    EXPECT_TRUE(claim(10).empty());
    db.clock.advance(id == ids.front() ? 1s : 3s);
    EXPECT_EQ(ids_of(claim(10)), std::vector{id});
  }
}

TEST_F(JobStoreContract, restarts_of_the_process_that_ran_a_job_are_borne_for_longer) {
  const JobId id = submit(job());
  for (int i = 0; i < job_losses_max; ++i) {
    ASSERT_EQ(claim(1).at(0).attempt, 1);
    ASSERT_EQ(ok(db.jobs.rescue(worker, WorkerEnd::replaced)).requeued, std::vector{id}) << "restart " << i + 1;
    if (i == 0) continue;  // after the first one it runs at once
    const auto wait = std::chrono::duration_cast<std::chrono::seconds>(wait_to_start_again(i - 1));
    EXPECT_EQ(get(id).run_at, db.clock.now() + wait);
    db.clock.advance(wait);
  }
  claim(1);
  EXPECT_EQ(ok(db.jobs.rescue(worker, WorkerEnd::replaced)).failed, std::vector{id});
  EXPECT_EQ(dead_letter_count(), 1);
}

TEST_F(JobStoreContract, a_wait_after_a_lost_worker_begins_anew_when_the_clock_was_set_back) {
  submit(job());
  for (int i = 0; i < 2; ++i) {
    claim(1);
    ok(db.jobs.rescue(worker, WorkerEnd::fell_silent));
  }
  db.clock.jump_wall_clock(-std::chrono::hours{1});
  EXPECT_TRUE(claim(1).empty());
  db.clock.advance(1s);
  EXPECT_EQ(claim(1).size(), 1u);
}

TEST_F(JobStoreContract, a_job_that_could_not_be_started_costs_no_attempt_and_waits_longer_each_time) {
  const JobId id = submit(job());
  for (int i = 0; i < 3; ++i) {
    const ClaimedJob claimed = claim(1).at(0);
    ASSERT_EQ(claimed.attempt, 1);
    ASSERT_EQ(finish(not_started(claimed)), JobStatus::queued);
    EXPECT_EQ(get(id).run_at, db.clock.now() + wait_to_start_again(i));
    EXPECT_EQ(get(id).error_message, "no room for a sandbox");
    EXPECT_TRUE(claim(1).empty());
    db.clock.advance(std::chrono::duration_cast<std::chrono::seconds>(wait_to_start_again(i)));
  }
  EXPECT_EQ(ok(db.reader.attempts(id)).at(2).outcome, AttemptOutcome::not_started);
  EXPECT_EQ(get(id).attempts, 0);
}

TEST_F(JobStoreContract, what_never_starts_and_what_loses_its_worker_have_one_bound_together) {
  const JobId id = submit(job());
  for (int i = 0; i < job_losses_max / 2; ++i) {
    claim(1);
    ok(db.jobs.rescue(worker, WorkerEnd::replaced));
    db.clock.advance(60s);
    ASSERT_EQ(finish(not_started(claim(1).at(0))), JobStatus::queued);
    db.clock.advance(60s);
  }
  const ClaimedJob last = claim(1).at(0);
  EXPECT_EQ(finish(not_started(last)), JobStatus::failed);
  EXPECT_EQ(get(id).error_message, "no room for a sandbox");
  ASSERT_EQ(ok(db.reader.dead_letters({})).total, 1);
  EXPECT_EQ(ok(db.reader.dead_letters({})).items.at(0).reason, "no room for a sandbox");
  ok(db.jobs.retry(id));
  EXPECT_EQ(finish(not_started(claim(1).at(0))), JobStatus::queued) << "a person's retry forgets them";
}

TEST_F(JobStoreContract, a_persons_retry_forgets_the_lost_workers) {
  const JobId id = submit(job());
  for (int i = 0; i < 4; ++i) {
    db.clock.advance(60s);
    claim(1);
    ok(db.jobs.rescue(worker, WorkerEnd::fell_silent));
  }
  ASSERT_EQ(get(id).status, JobStatus::failed);
  ok(db.jobs.retry(id));
  claim(1);
  EXPECT_EQ(ok(db.jobs.rescue(worker, WorkerEnd::fell_silent)).requeued, std::vector{id});
}

TEST_F(JobStoreContract, a_rescue_keeps_the_message_of_the_last_failure) {
  const ClaimedJob first = running();
  finish(failure_for_now(first, std::chrono::milliseconds{0}));
  claim(1);
  ok(db.jobs.rescue(worker, WorkerEnd::fell_silent));
  EXPECT_EQ(get(first.id).error_message, "it broke");
  EXPECT_EQ(get(first.id).attempts, 1);
}

}  // namespace orc
