#include "domain/job/job_course.h"

#include <gtest/gtest.h>

#include "domain/job/job.h"
#include "domain/job/loss_spread.h"

namespace orc {
namespace {

using namespace std::chrono_literals;
using enum JobTrigger;

constexpr Timestamp now{1'000'000ms};
constexpr WorkerId worker{3};
constexpr Fence fence{7};

// In its second run, of which something was told.
JobCourse running() {
  JobCourse job;
  job.id = JobId{1};
  job.status = JobStatus::processing;
  job.fence = fence;
  job.runs = 2;
  job.attempts = 2;
  job.due_at = now - 60s;
  job.worker = worker;
  job.started_at = now - 5s;
  job.error_message = "of the run before";
  job.reported = {.lines = 4, .bytes = 40};
  job.progress = Progress{.fraction = 0.5, .message = "half"};
  return job;
}

JobCourse waiting(QueuePlace place = QueuePlace::ready) {
  JobCourse job;
  job.id = JobId{1};
  job.queue = place;
  job.due_at = now - 60s;
  return job;
}

AttemptEnd end_by(JobTrigger trigger) {
  AttemptEnd end;
  end.id = JobId{1};
  end.fence = fence;
  end.trigger = trigger;
  end.outcome = AttemptOutcome::failed;
  end.message = "words";
  end.wait = 2s;
  return end;
}

std::vector<LogLine> lines_up_to(std::int64_t last) { return {{.n = last, .t = now, .text = "words"}}; }

void expect_nothing_is_left_of_the_run(const JobCourse& job) {
  EXPECT_EQ(job.worker, std::nullopt);
  EXPECT_EQ(job.reported, ReportedLog{});
  EXPECT_EQ(job.progress, std::nullopt);
}

TEST(JobCourse, the_end_of_a_run_decides_what_becomes_of_its_job) {
  const struct {
    JobTrigger trigger;
    int losses;
    JobStatus status;
    QueuePlace queue;
    int attempts;
    int losses_after;
    std::chrono::milliseconds wait;
    std::optional<std::string> message;
    std::optional<std::string> dead_letter;
    bool takes_artifacts;
  } cases[] = {
      {succeeded, 2, JobStatus::completed, QueuePlace::none, 2, 2, 0ms, {}, {}, true},
      {failed_for_now, 2, JobStatus::queued, QueuePlace::delayed, 2, 2, 2s, "words", {}, true},
      {failed_for_good, 2, JobStatus::failed, QueuePlace::none, 2, 2, 0ms, "words", "words", true},
      {given_back, 2, JobStatus::queued, QueuePlace::ready, 1, 2, 0ms, "of the run before", {}, false},
      {not_started, 2, JobStatus::queued, QueuePlace::delayed, 1, 3, 4s, "words", {}, true},
      {not_started, job_losses_max, JobStatus::failed, QueuePlace::none, 1, job_losses_max + 1, 0ms, "words", "words", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(to_word(c.trigger)) + " after losses of " + std::to_string(c.losses));
    JobCourse job = running();
    job.losses = c.losses;
    const auto change = finish_run(job, end_by(c.trigger), now);
    ASSERT_TRUE(change.has_value());
    EXPECT_EQ(job.status, c.status);
    EXPECT_EQ(job.queue, c.queue);
    EXPECT_EQ(job.attempts, c.attempts);
    EXPECT_EQ(job.losses, c.losses_after);
    EXPECT_EQ(job.error_message, c.message);
    EXPECT_EQ(job.completed_at, is_terminal(c.status) ? std::optional(now) : std::nullopt);
    if (c.status == JobStatus::queued) EXPECT_EQ(job.due_at, now + c.wait);
    EXPECT_EQ(job.run_at, c.queue == QueuePlace::delayed ? std::optional(now + c.wait) : std::nullopt);
    EXPECT_EQ(job.waits_since, c.queue == QueuePlace::delayed ? std::optional(now) : std::nullopt);
    expect_nothing_is_left_of_the_run(job);
    EXPECT_EQ(change->before, JobStatus::processing);
    EXPECT_EQ(change->lines_stored, 4);
    EXPECT_EQ(change->dead_letter, c.dead_letter);
    EXPECT_EQ(change->takes_artifacts, c.takes_artifacts);
    ASSERT_TRUE(change->attempt.has_value());
    EXPECT_EQ(change->attempt->number, 2);
    EXPECT_EQ(change->attempt->worker, worker);
    EXPECT_EQ(change->attempt->started_at, now - 5s);
    EXPECT_EQ(change->attempt->ended_at, now);
  }
}

TEST(JobCourse, what_comes_under_another_fence_or_in_another_state_is_refused_and_changes_nothing) {
  JobCourse others = running();
  others.fence = Fence{8};
  JobCourse cancelled = running();
  EXPECT_TRUE(cancel_job(cancelled, now).has_value());
  JobCourse of_nobody = running();
  of_nobody.worker.reset();
  for (const JobCourse& before : {waiting(), others, cancelled}) {
    JobCourse job = before;
    EXPECT_EQ(finish_run(job, end_by(succeeded), now).error().code, ErrorCode::conflict);
    EXPECT_EQ(report_run(job, worker, {.job = job.id, .fence = fence}, {}).error().code, ErrorCode::conflict);
    EXPECT_EQ(job, before);
  }
  EXPECT_EQ(report_run(of_nobody, worker, {.job = of_nobody.id, .fence = fence}, {}).error().code, ErrorCode::conflict);
}

TEST(JobCourse, a_report_adds_to_what_was_told) {
  JobCourse job = running();
  const RunReport report{.log = {{.n = 5, .t = now, .text = "five"}}, .progress = {}};
  const auto change = report_run(job, worker, {.job = job.id, .fence = fence}, report);
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->lines_stored, 4);
  EXPECT_EQ(job.reported.lines, 5);
  EXPECT_EQ(job.progress->message, "half");  // nothing new
  JobCourse again = job;
  const RunReport gap{.log = {{.n = 9, .t = now, .text = "nine"}}, .progress = {}};
  EXPECT_EQ(report_run(again, worker, {.job = job.id, .fence = fence}, gap).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(again, job);
}

TEST(JobCourse, a_person_cancels_what_has_not_ended_and_runs_again_what_has) {
  for (const JobCourse& before : {waiting(), waiting(QueuePlace::delayed), running()}) {
    JobCourse job = before;
    EXPECT_EQ(retry_job(job, now).error().code, ErrorCode::conflict);
    EXPECT_EQ(job, before);
    const auto cancelled = cancel_job(job, now);
    ASSERT_TRUE(cancelled.has_value());
    EXPECT_EQ(job.status, JobStatus::cancelled);
    EXPECT_EQ(job.completed_at, now);
    EXPECT_EQ(cancelled->attempt.has_value(), before.worker.has_value());
    EXPECT_EQ(cancelled->before, before.status);
    EXPECT_EQ(cancel_job(job, now).error().code, ErrorCode::conflict);
    const auto retried = retry_job(job, now + 1s);
    ASSERT_TRUE(retried.has_value());
    EXPECT_TRUE(retried->forgets_end);
    JobCourse anew;
    anew.id = before.id;
    anew.queue = QueuePlace::ready;
    anew.fence = before.fence;
    anew.runs = before.runs;
    anew.due_at = now + 1s;
    EXPECT_EQ(job, anew);
  }
}

TEST(JobCourse, the_run_that_a_cancel_cut_off_may_tell_the_rest_of_its_log) {
  JobCourse job = running();
  AttemptEnd end = end_by(succeeded);
  end.log = lines_up_to(6);
  EXPECT_FALSE(end_cancelled_run(job, end)) << "it goes on";
  ASSERT_TRUE(cancel_job(job, now).has_value());
  EXPECT_EQ(end_cancelled_run(job, end), 4);
  EXPECT_EQ(end_cancelled_run(job, end), 6) << "it is told once more";
  end.fence = Fence{6};
  EXPECT_FALSE(end_cancelled_run(job, end)) << "of an earlier run";
  ASSERT_TRUE(retry_job(job, now).has_value());
  EXPECT_EQ(job.reported, ReportedLog{});
  EXPECT_FALSE(end_cancelled_run(job, end_by(succeeded)));
}

TEST(JobCourse, a_job_that_loses_its_worker_comes_back_or_is_taken_for_the_cause) {
  const struct {
    WorkerEnd how;
    int losses;
    std::size_t place;
    JobStatus status;
    std::chrono::milliseconds wait;
  } cases[] = {{WorkerEnd::fell_silent, 0, 0, JobStatus::queued, 0s}, {WorkerEnd::fell_silent, 0, 5, JobStatus::queued, 0s},
               {WorkerEnd::fell_silent, 5, 0, JobStatus::queued, 1s}, {WorkerEnd::fell_silent, 5, 3, JobStatus::queued, apart(1s, 3)},
               {WorkerEnd::replaced, 1, 0, JobStatus::queued, 1s},    {WorkerEnd::fell_silent, 15, 0, JobStatus::failed, 0s}};
  for (const auto& c : cases) {
    SCOPED_TRACE("losses of " + std::to_string(c.losses) + ", place " + std::to_string(c.place));
    JobCourse job = running();
    job.losses = c.losses;
    const auto change = take_from_worker(job, c.how, c.place, now);
    EXPECT_EQ(job.status, c.status);
    EXPECT_EQ(job.fence, Fence{8});  // whoever still runs it is too late
    EXPECT_EQ(job.attempts, 1);
    expect_nothing_is_left_of_the_run(job);
    ASSERT_TRUE(change.attempt.has_value());
    EXPECT_EQ(change.attempt->outcome, AttemptOutcome::worker_lost);
    EXPECT_EQ(change.dead_letter.has_value(), c.status == JobStatus::failed);
    if (c.status == JobStatus::queued) {
      EXPECT_EQ(job.due_at, now + c.wait);
      EXPECT_EQ(job.queue, c.wait > 0s ? QueuePlace::delayed : QueuePlace::ready);
    }
  }
}

TEST(JobCourse, of_a_run_by_somebody_who_is_no_worker_of_ours_there_is_no_attempt_to_end) {
  JobCourse job = running();
  job.worker.reset();
  const auto change = take_from_worker(job, WorkerEnd::fell_silent, 0, now);
  EXPECT_EQ(job.status, JobStatus::queued);
  EXPECT_EQ(job.attempts, 2);
  EXPECT_FALSE(change.attempt.has_value());
}

TEST(JobCourse, who_waits_for_a_plugin_that_is_gone_or_for_too_long_fails) {
  JobCourse withdrawn = waiting(QueuePlace::delayed);
  EXPECT_EQ(withdraw_job(withdrawn, "echo", now).dead_letter, std::nullopt);
  EXPECT_EQ(withdrawn.status, JobStatus::failed);
  EXPECT_EQ(withdrawn.error_message, "Plugin echo was removed before this job ran");

  JobCourse late = waiting();
  EXPECT_FALSE(is_overdue(late, 60s, now));
  EXPECT_TRUE(is_overdue(late, 59s, now));
  EXPECT_FALSE(is_overdue(running(), 1s, now));
  const auto change = end_overdue_job(late, 59s, now);
  EXPECT_EQ(late.status, JobStatus::failed);
  EXPECT_EQ(late.queue, QueuePlace::none);
  EXPECT_EQ(change.dead_letter, late.error_message);
}

}  // namespace
}  // namespace orc
