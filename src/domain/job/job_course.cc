#include "domain/job/job_course.h"

#include <algorithm>
#include <utility>

#include "domain/assert.h"
#include "domain/job/loss_spread.h"

namespace orc {
namespace {

template <typename Id>
std::string number_of(Id id) {
  return std::to_string(std::to_underlying(id));
}

std::unexpected<Error> wrong_state(const JobCourse& job, std::string_view act) {
  return fail(ErrorCode::conflict,
              "job " + number_of(job.id) + " is " + std::string(to_word(job.status)) + ": it cannot be " + std::string(act));
}

JobStatus must_follow(JobStatus from, JobTrigger trigger) {
  const auto next = next_status(from, trigger);
  ORC_ASSERT(next.has_value());
  return *next;
}

CourseChange change_of(const JobCourse& job) {
  CourseChange change;
  change.before = job.status;
  return change;
}

// What was told of the attempt that ends here.
void forget_reports(JobCourse& job) {
  job.reported = {};
  job.progress.reset();
}

void end(JobCourse& job, JobStatus status, Timestamp now) {
  job.status = status;
  job.queue = QueuePlace::none;
  job.worker.reset();
  job.completed_at = now;
  forget_reports(job);
}

void requeue(JobCourse& job, Timestamp due, Timestamp now) {
  job.status = JobStatus::queued;
  job.queue = due > now ? QueuePlace::delayed : QueuePlace::ready;
  job.due_at = due;
  job.waits_since.reset();
  job.worker.reset();
  job.completed_at.reset();
  forget_reports(job);
}

void wait_again(JobCourse& job, std::chrono::milliseconds wait, Timestamp now) {
  requeue(job, now + wait, now);
  job.run_at = job.due_at;
  job.waits_since = now;
}

EndedAttempt attempt_of(const JobCourse& job, const AttemptEnd& end, Timestamp now) {
  return {.number = job.runs,
          .worker = job.worker,
          .isolation = end.isolation,
          .started_at = job.started_at,
          .ended_at = now,
          .outcome = end.outcome,
          .exit_code = end.exit_code,
          .usage = end.usage,
          .message = end.message,
          .image = end.image};
}

// Nobody is left to report how it went.
EndedAttempt cut_attempt(const JobCourse& job, AttemptOutcome outcome, std::string message, Timestamp now) {
  return {.number = job.runs,
          .worker = job.worker,
          .isolation = {},
          .started_at = job.started_at,
          .ended_at = now,
          .outcome = outcome,
          .exit_code = {},
          .usage = {},
          .message = std::move(message),
          .image = {}};
}

}  // namespace

Result<CourseChange> report_run(JobCourse& job, WorkerId worker, RunName run, const RunReport& report) {
  if (job.status != JobStatus::processing || job.fence != run.fence || job.worker != worker)
    return fail(ErrorCode::conflict,
                "job " + number_of(job.id) + " is no longer run under fence " + number_of(run.fence) + " by worker " + number_of(worker));
  CourseChange change = change_of(job);
  change.lines_stored = job.reported.lines;
  auto after = grow(job.reported, report.log);
  if (!after) return pass_on(after);
  job.reported = *after;
  if (report.progress) job.progress = report.progress;
  return change;
}

Result<CourseChange> finish_run(JobCourse& job, const AttemptEnd& told, Timestamp now) {
  if (job.status != JobStatus::processing || job.fence != told.fence)
    return fail(ErrorCode::conflict, "job " + number_of(job.id) + " is no longer run under fence " + number_of(told.fence) +
                                         ": the result came too late and is dropped");
  const JobTrigger trigger = within_losses(told.trigger, job.losses);
  const JobStatus next = must_follow(job.status, trigger);
  CourseChange change = change_of(job);
  change.lines_stored = job.reported.lines;
  change.attempt = attempt_of(job, told, now);
  change.takes_artifacts = trigger != JobTrigger::given_back;
  if (trigger == JobTrigger::given_back) {
    --job.attempts;
    requeue(job, now, now);
  } else if (next == JobStatus::queued) {
    job.error_message = told.message;
    const bool not_started = trigger == JobTrigger::not_started;
    wait_again(job, not_started ? wait_to_start_again(job.losses) : told.wait.value_or(std::chrono::milliseconds{0}), now);
  } else {
    job.error_message.reset();
    if (next == JobStatus::failed) job.error_message = told.message;
    end(job, next, now);
  }
  if (told.trigger == JobTrigger::not_started) {
    --job.attempts;
    ++job.losses;
  }
  if (trigger == JobTrigger::failed_for_good) change.dead_letter = told.message;
  return change;
}

std::optional<std::int64_t> end_cancelled_run(JobCourse& job, const AttemptEnd& told) {
  if (job.status != JobStatus::cancelled || job.fence != told.fence || job.runs == 0) return {};
  const std::int64_t lines_stored = job.reported.lines;
  if (!told.log.empty()) job.reported.lines = std::max(lines_stored, told.log.back().n);
  return lines_stored;
}

Result<CourseChange> cancel_job(JobCourse& job, Timestamp now) {
  const auto next = next_status(job.status, JobTrigger::cancel_asked);
  if (!next) return wrong_state(job, "cancelled");
  CourseChange change = change_of(job);
  if (job.worker) change.attempt = cut_attempt(job, AttemptOutcome::cancelled, "cancelled", now);
  const ReportedLog reported = job.reported;
  end(job, *next, now);
  job.reported = reported;  // its run may still tell the rest
  return change;
}

Result<CourseChange> retry_job(JobCourse& job, Timestamp now) {
  if (!next_status(job.status, JobTrigger::retry_asked)) return wrong_state(job, "retried");
  CourseChange change = change_of(job);
  change.forgets_end = true;
  job.attempts = 0;
  job.losses = 0;
  job.run_at.reset();
  job.started_at.reset();
  job.error_message.reset();
  requeue(job, now, now);
  return change;
}

CourseChange take_from_worker(JobCourse& job, WorkerEnd how, std::size_t place, Timestamp now) {
  const Loss loss = judge_loss(how, job.losses);
  const JobStatus next = must_follow(job.status, loss.trigger);
  CourseChange change = change_of(job);
  job.fence = Fence{std::to_underlying(job.fence) + 1};
  job.losses = loss.losses;
  // Of a run by others there is no attempt.
  if (job.worker) {
    change.attempt = cut_attempt(job, AttemptOutcome::worker_lost, "the worker was lost", now);
    --job.attempts;
  }
  if (loss.trigger == JobTrigger::failed_for_good) {
    job.error_message = lost_too_often;
    change.dead_letter = lost_too_often;
    end(job, next, now);
    return change;
  }
  const auto wait = apart(loss.wait, place);
  wait > std::chrono::milliseconds{0} ? wait_again(job, wait, now) : requeue(job, now, now);
  return change;
}

CourseChange withdraw_job(JobCourse& job, std::string_view plugin_name, Timestamp now) {
  const JobStatus next = must_follow(job.status, JobTrigger::plugin_removed);
  const CourseChange change = change_of(job);
  job.error_message = "Plugin " + std::string(plugin_name) + " was removed before this job ran";
  end(job, next, now);
  return change;
}

bool is_overdue(const JobCourse& job, std::chrono::seconds queue_time, Timestamp now) {
  return job.queue != QueuePlace::none && job.due_at + queue_time < now;
}

CourseChange end_overdue_job(JobCourse& job, std::chrono::seconds queue_time, Timestamp now) {
  const JobStatus next = must_follow(job.status, JobTrigger::waited_too_long);
  CourseChange change = change_of(job);
  job.error_message = too_late_to_run(now - job.due_at, queue_time);
  change.dead_letter = job.error_message;
  end(job, next, now);
  return change;
}

}  // namespace orc
