#include "adapters/postgres/job_life.h"

#include <algorithm>
#include <utility>

#include "adapters/sql_text/text_of.h"
#include "domain/assert.h"
#include "domain/job/loss_spread.h"
#include "domain/job/verdict.h"

namespace orc::postgres {
namespace {

std::unexpected<Error> no_such_job() { return fail(ErrorCode::not_found, "Job not found"); }

std::unexpected<Error> wrong_state(const StoredJob& job, std::string_view act) {
  return fail(ErrorCode::conflict, text_of("job ", job.id, " is ", to_word(job.status), ": it cannot be ", act));
}

JobStatus must_follow(JobStatus from, JobTrigger trigger) {
  const auto next = next_status(from, trigger);
  ORC_ASSERT(next.has_value());
  return *next;
}

// What was told of the attempt that ends here.
void forget_reports(StoredJob& job) {
  job.reported_lines = 0;
  job.reported_bytes = 0;
  job.progress.reset();
  job.is_changed = true;
}

// Its error_message is that of the end.
void end(JobChanges& changes, StoredJob& job, JobStatus status, Timestamp now) {
  job.status = status;
  job.queue = QueuePlace::none;
  job.worker.reset();
  job.completed_at = now;
  forget_reports(job);
  changes.add_callback(job, now);
}

void requeue(StoredJob& job, Timestamp due, Timestamp now) {
  job.status = JobStatus::queued;
  job.queue = due > now ? QueuePlace::delayed : QueuePlace::ready;
  job.due_at = due;
  job.worker.reset();
  forget_reports(job);
}

void wait_again(StoredJob& job, std::chrono::milliseconds wait, Timestamp now) {
  requeue(job, now + wait, now);
  job.run_at = job.due_at;
  job.waits_since = now;
}

}  // namespace

Result<JobStatus> finish(JobChanges& changes, const AttemptEnd& attempt, std::span<const LogChunk> log, Timestamp now) {
  StoredJob* const job = changes.find(attempt.id);
  if (!job) return no_such_job();
  if (job->status != JobStatus::processing || job->fence != attempt.fence)
    return fail(ErrorCode::conflict,
                text_of("job ", job->id, " is no longer run under fence ", attempt.fence, ": the result came too late and is dropped"));
  const JobTrigger trigger = within_losses(attempt.trigger, job->losses);
  const JobStatus next = must_follow(job->status, trigger);
  changes.end_attempt(*job, attempt, now);
  changes.add_log(*job, attempt.log, log, now);
  if (attempt.trigger != JobTrigger::given_back) changes.replace_artifacts(*job, attempt.artifacts);
  if (attempt.trigger == JobTrigger::given_back) {
    --job->attempts;
    requeue(*job, now, now);
  } else if (next == JobStatus::queued) {
    job->error_message = attempt.message;
    wait_again(*job,
               trigger == JobTrigger::not_started ? wait_to_start_again(job->losses) : attempt.wait.value_or(std::chrono::milliseconds{0}),
               now);
  } else {
    job->error_message.reset();
    if (next == JobStatus::failed) job->error_message = attempt.message;
    end(changes, *job, next, now);
  }
  if (attempt.trigger == JobTrigger::not_started) {
    --job->attempts;
    ++job->losses;
  }
  if (trigger == JobTrigger::failed_for_good) changes.add_dead_letter(*job, attempt.message, now);
  if (attempt.result) job->result = attempt.result;
  return next;
}

Result<JobStatus> report(JobChanges& changes, WorkerId worker, RunName run, const RunReport& report, std::span<const LogChunk> log,
                         Timestamp now) {
  StoredJob* const job = changes.find(run.job);
  if (!job) return no_such_job();
  if (job->status != JobStatus::processing || job->fence != run.fence || job->worker != worker)
    return fail(ErrorCode::conflict, text_of("job ", run.job, " is no longer run under fence ", run.fence, " by worker ", worker));
  const ReportedLog before{.lines = job->reported_lines, .bytes = job->reported_bytes};
  auto after = grow(before, report.log);
  if (!after) return pass_on(after);
  changes.add_log(*job, report.log, log, now);
  job->reported_lines = after->lines;
  job->reported_bytes = after->bytes;
  if (report.progress) job->progress = report.progress;
  job->is_changed = true;
  return job->status;
}

Result<JobStatus> cancel(JobChanges& changes, JobId id, Timestamp now) {
  StoredJob* const job = changes.find(id);
  if (!job) return no_such_job();
  const JobStatus before = job->status;
  const auto next = next_status(before, JobTrigger::cancel_asked);
  if (!next) return wrong_state(*job, "cancelled");
  if (job->worker) changes.cut_attempt(*job, AttemptOutcome::cancelled, "cancelled", now);
  end(changes, *job, *next, now);
  return before;
}

Result<void> retry(JobChanges& changes, JobId id, Timestamp now) {
  StoredJob* const job = changes.find(id);
  if (!job) return no_such_job();
  if (!next_status(job->status, JobTrigger::retry_asked)) return wrong_state(*job, "retried");
  job->attempts = 0;
  job->losses = 0;
  job->run_at.reset();
  job->started_at.reset();
  job->completed_at.reset();
  job->error_message.reset();
  job->result.reset();
  requeue(*job, now, now);
  changes.replace_artifacts(*job, {});
  changes.forget_end(id);
  return {};
}

void lose_worker(JobChanges& changes, JobId id, WorkerEnd how, Rescue& rescue, Timestamp now) {
  StoredJob* const job = changes.find(id);
  if (!job || job->status != JobStatus::processing) return;
  job->fence = Fence{std::to_underlying(job->fence) + 1};
  // Of a run by others there is no attempt.
  if (job->worker) {
    changes.cut_attempt(*job, AttemptOutcome::worker_lost, "the worker was lost", now);
    --job->attempts;
  }
  const Loss loss = judge_loss(how, job->losses);
  const JobStatus next = must_follow(job->status, loss.trigger);
  job->losses = loss.losses;
  if (loss.trigger == JobTrigger::failed_for_good) {
    job->error_message = lost_too_often;
    end(changes, *job, next, now);
    changes.add_dead_letter(*job, *job->error_message, now);
    rescue.failed.push_back(id);
  } else {
    const auto wait = apart(loss.wait, rescue.requeued.size());
    wait > std::chrono::milliseconds{0} ? wait_again(*job, wait, now) : requeue(*job, now, now);
    rescue.requeued.push_back(id);
  }
}

void withdraw(JobChanges& changes, JobId id, std::string_view plugin_name, Timestamp now) {
  StoredJob* const job = changes.find(id);
  if (!job || job->status != JobStatus::queued) return;
  job->error_message = text_of("Plugin ", plugin_name, " was removed before this job ran");
  end(changes, *job, must_follow(job->status, JobTrigger::plugin_removed), now);
}

std::vector<JobId> end_overdue(Transaction& transaction, int count, Timestamp now) {
  std::vector<JobId> ids;
  for (const Row row : transaction.ask("overdue_jobs", now, count)) ids.push_back(row.as<JobId>(0));
  if (ids.empty()) return ids;
  std::ranges::sort(ids);
  JobChanges changes;
  changes.load(transaction, ids);
  std::vector<JobId> ended;
  for (const JobId id : ids) {
    StoredJob* const job = changes.find(id);
    // Somebody may have claimed or changed it in between.
    const bool is_overdue = job && job->queue != QueuePlace::none && job->queue_time && job->due_at + *job->queue_time < now;
    if (!is_overdue) continue;
    job->error_message = too_late_to_run(now - job->due_at, *job->queue_time);
    end(changes, *job, must_follow(job->status, JobTrigger::waited_too_long), now);
    changes.add_dead_letter(*job, *job->error_message, now);
    ended.push_back(id);
  }
  changes.write(transaction);
  return ended;
}

void JobChangeKind::run(Transaction& transaction, std::span<Writer::Waiting* const> operations, Timestamp now) {
  using Asked = Writer::Asked<JobChange, Result<JobStatus>>;
  std::vector<JobId> ids;
  for (const Writer::Waiting* one : operations) ids.push_back(static_cast<const Asked*>(one)->request().id);
  std::ranges::sort(ids);
  const auto doubles = std::ranges::unique(ids);
  ids.erase(doubles.begin(), doubles.end());
  JobChanges changes;
  changes.load(transaction, ids);
  for (Writer::Waiting* one : operations) {
    auto* const asked = static_cast<Asked*>(one);
    asked->answer(asked->request().apply(changes, now));
  }
  changes.write(transaction);
}

}  // namespace orc::postgres
