#include "adapters/sqlite/job_life.h"

#include <utility>

#include "adapters/sql_text/column_text.h"
#include "adapters/sql_text/text_of.h"
#include "domain/assert.h"
#include "domain/callback/callback_url.h"
#include "domain/job/loss_spread.h"
#include "domain/job/verdict.h"

namespace orc::sqlite {
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

void forget_reports(StoredJob& job) {
  job.reported_lines = 0;
  job.reported_bytes = 0;
  job.progress.reset();
}

// Collected before anything changes, as the change would move rows under the cursor.
template <typename... Values>
std::vector<JobId> ids_of(Statement& statement, const Values&... values) {
  std::vector<JobId> ids;
  statement.for_each([&](Row row) { ids.push_back(row.as<JobId>(0)); }, values...);
  return ids;
}

}  // namespace

JobLife::JobLife(Connection& connection, const StatementCatalog& catalog, StoredJobs& jobs)
    : jobs_(jobs),
      add_attempt_(catalog.prepare(connection, "add_attempt")),
      add_artifact_(catalog.prepare(connection, "add_artifact")),
      remove_artifacts_(catalog.prepare(connection, "remove_artifacts")),
      remove_artifact_blobs_(catalog.prepare(connection, "remove_artifact_blobs")),
      add_blob_(catalog.prepare(connection, "add_job_blob")),
      add_log_chunk_(catalog.prepare(connection, "add_log_chunk")),
      add_dead_letter_(catalog.prepare(connection, "add_dead_letter")),
      remove_dead_letter_(catalog.prepare(connection, "remove_dead_letter")),
      remove_result_blob_(catalog.prepare(connection, "remove_result_blob")),
      jobs_of_worker_(catalog.prepare(connection, "jobs_of_worker")),
      overdue_jobs_(catalog.prepare(connection, "overdue_jobs")),
      add_callback_(catalog.prepare(connection, "add_callback")) {}

Result<void> JobLife::report(WorkerId worker, RunName run, const RunReport& report, std::span<const LogChunk> log, Timestamp now) {
  auto job = jobs_.find(run.job);
  if (!job) return no_such_job();
  if (job->status != JobStatus::processing || job->fence != run.fence || job->worker != worker)
    return fail(ErrorCode::conflict, text_of("job ", run.job, " is no longer run under fence ", run.fence, " by worker ", worker));
  const ReportedLog before{.lines = job->reported_lines, .bytes = job->reported_bytes};
  auto after = grow(before, report.log);
  if (!after) return pass_on(after);
  add_log(*job, report.log, log, now);
  job->reported_lines = after->lines;
  job->reported_bytes = after->bytes;
  if (report.progress) job->progress = report.progress;
  jobs_.write(*job, job->status);
  return {};
}

Result<JobStatus> JobLife::finish(const AttemptEnd& attempt, std::span<const LogChunk> log, Timestamp now) {
  auto found = jobs_.find(attempt.id);
  if (!found) return no_such_job();
  StoredJob& job = *found;
  if (job.status != JobStatus::processing || job.fence != attempt.fence)
    return fail(ErrorCode::conflict,
                text_of("job ", job.id, " is no longer run under fence ", attempt.fence, ": the result came too late and is dropped"));
  const JobStatus before = job.status;
  const JobTrigger trigger = within_losses(attempt.trigger, job.losses);
  const JobStatus next = must_follow(before, trigger);
  add_attempt(job, attempt, now);
  add_log(job, attempt.log, log, now);
  if (attempt.trigger != JobTrigger::given_back) replace_artifacts(job, attempt.artifacts);
  if (attempt.trigger == JobTrigger::given_back) {
    --job.attempts;
    requeue(job, now, now);
  } else if (next == JobStatus::queued) {
    job.error_message = attempt.message;
    wait_again(job,
               trigger == JobTrigger::not_started ? wait_to_start_again(job.losses) : attempt.wait.value_or(std::chrono::milliseconds{0}),
               now);
  } else {
    job.error_message.reset();
    if (next == JobStatus::failed) job.error_message = attempt.message;
    end(job, next, now);
  }
  if (attempt.trigger == JobTrigger::not_started) {
    --job.attempts;
    ++job.losses;
  }
  if (trigger == JobTrigger::failed_for_good) add_dead_letter_.execute(job.id, attempt.message, job.attempts, now);
  if (attempt.result) {
    job.result = attempt.result;
    if (attempt.result->blob) add_blob_.execute(*attempt.result->blob, job.id, BlobRole::result);
  }
  jobs_.write(job, before);
  return next;
}

Result<JobStatus> JobLife::cancel(JobId id, Timestamp now) {
  auto job = jobs_.find(id);
  if (!job) return no_such_job();
  const JobStatus before = job->status;
  const auto next = next_status(before, JobTrigger::cancel_asked);
  if (!next) return wrong_state(*job, "cancelled");
  if (job->worker) cut_attempt(*job, AttemptOutcome::cancelled, "cancelled", now);
  end(*job, *next, now);
  jobs_.write(*job, before);
  return before;
}

Result<void> JobLife::retry(JobId id, Timestamp now) {
  auto job = jobs_.find(id);
  if (!job) return no_such_job();
  const JobStatus before = job->status;
  const auto next = next_status(before, JobTrigger::retry_asked);
  if (!next) return wrong_state(*job, "retried");
  job->attempts = 0;
  job->losses = 0;
  job->run_at.reset();
  job->started_at.reset();
  job->completed_at.reset();
  job->error_message.reset();
  requeue(*job, now, now);
  remove_dead_letter_.execute(id);
  remove_result_blob_.execute(id);
  replace_artifacts(*job, {});
  jobs_.write(*job, before);
  return {};
}

Rescue JobLife::rescue(WorkerId dead, WorkerEnd how, Timestamp now) {
  Rescue rescue;
  for (const JobId id : ids_of(jobs_of_worker_, dead, rescue_batch_max)) {
    auto job = jobs_.find(id);
    ORC_ASSERT(job.has_value());
    lose_worker(*job, how, rescue, now);
  }
  return rescue;
}

void JobLife::lose_worker(StoredJob& job, WorkerEnd how, Rescue& rescue, Timestamp now) {
  const JobStatus before = job.status;
  const Loss loss = judge_loss(how, job.losses);
  const JobStatus next = must_follow(before, loss.trigger);
  job.fence = Fence{std::to_underlying(job.fence) + 1};
  cut_attempt(job, AttemptOutcome::worker_lost, "the worker was lost", now);
  --job.attempts;
  job.losses = loss.losses;
  if (loss.trigger == JobTrigger::failed_for_good) {
    job.error_message = lost_too_often;
    end(job, next, now);
    add_dead_letter_.execute(job.id, *job.error_message, job.attempts, now);
    rescue.failed.push_back(job.id);
  } else {
    const auto wait = apart(loss.wait, rescue.requeued.size());
    wait > std::chrono::milliseconds{0} ? wait_again(job, wait, now) : requeue(job, now, now);
    rescue.requeued.push_back(job.id);
  }
  jobs_.write(job, before);
}

void JobLife::withdraw(JobId id, std::string_view plugin_name, Timestamp now) {
  auto job = jobs_.find(id);
  ORC_ASSERT(job.has_value());
  const JobStatus before = job->status;
  job->error_message = text_of("Plugin ", plugin_name, " was removed before this job ran");
  end(*job, must_follow(before, JobTrigger::plugin_removed), now);
  jobs_.write(*job, before);
}

std::vector<JobId> JobLife::end_overdue(std::size_t count, Timestamp now) {
  struct Overdue {
    JobId id;
    std::chrono::seconds queue_time;
    Timestamp due_at;
  };
  std::vector<Overdue> overdue;
  overdue_jobs_.for_each(
      [&](Row row) {
        overdue.push_back({.id = row.as<JobId>(0), .queue_time = std::chrono::seconds{row.integer(1)}, .due_at = row.time(2)});
      },
      now, count);
  std::vector<JobId> ended;
  for (const Overdue& one : overdue) {
    auto job = jobs_.find(one.id);
    ORC_ASSERT(job.has_value());
    const JobStatus before = job->status;
    job->error_message = too_late_to_run(now - one.due_at, one.queue_time);
    end(*job, must_follow(before, JobTrigger::waited_too_long), now);
    add_dead_letter_.execute(job->id, *job->error_message, job->attempts, now);
    jobs_.write(*job, before);
    ended.push_back(one.id);
  }
  return ended;
}

// Its error_message is that of the end.
void JobLife::end(StoredJob& job, JobStatus status, Timestamp now) {
  job.status = status;
  job.queue = QueuePlace::none;
  job.worker.reset();
  job.completed_at = now;
  forget_reports(job);
  if (!job.callback_url) return;
  const auto url = parse_callback_url(*job.callback_url);
  ORC_ASSERT(url.has_value());
  add_callback_.execute(job.id, url->text, url->origin, status, job.error_message, now);
}

void JobLife::requeue(StoredJob& job, Timestamp due, Timestamp now) {
  job.status = JobStatus::queued;
  job.queue = due > now ? QueuePlace::delayed : QueuePlace::ready;
  job.due_at = due;
  job.worker.reset();
  forget_reports(job);
}

void JobLife::wait_again(StoredJob& job, std::chrono::milliseconds wait, Timestamp now) {
  requeue(job, now + wait, now);
  job.run_at = job.due_at;
  job.waits_since = now;
}

// Chunks whose first lines are there already are made anew: seldom, as only a lost answer makes a worker tell them again.
void JobLife::add_log(StoredJob& job, std::span<const LogLine> lines, std::span<const LogChunk> log, Timestamp now) {
  const auto news = lines_behind(lines, job.reported_lines);
  std::vector<LogChunk> anew;
  if (news.size() < lines.size()) {
    anew = to_chunks(news);
    log = anew;
  }
  for (const LogChunk& chunk : log) {
    add_log_chunk_.execute(job.id, job.log_lines + 1, chunk.line_count, now, Bytes{chunk.bytes});
    job.log_lines += chunk.line_count;
  }
}

// Before its second run a job has none.
void JobLife::replace_artifacts(const StoredJob& job, const std::vector<Artifact>& artifacts) {
  if (job.runs > 1 || job.status != JobStatus::processing) {
    remove_artifacts_.execute(job.id);
    remove_artifact_blobs_.execute(job.id);
  }
  for (const Artifact& artifact : artifacts) {
    add_artifact_.execute(job.id, artifact.name, artifact.bytes, artifact.hash);
    add_blob_.execute(artifact.hash, job.id, BlobRole::artifact);
  }
}

void JobLife::add_attempt(const StoredJob& job, const AttemptEnd& end, Timestamp now) {
  add_attempt_.execute(job.id, job.runs, job.worker, end.isolation, job.started_at, now, end.outcome, end.exit_code, end.usage.cpu.count(),
                       end.usage.peak_bytes, end.message, end.usage.wall.count(), end.usage.bytes_in, end.usage.bytes_out, end.image);
}

// Nobody is left to report how it went.
void JobLife::cut_attempt(const StoredJob& job, AttemptOutcome outcome, std::string_view message, Timestamp now) {
  add_attempt_.execute(job.id, job.runs, job.worker, std::nullopt, job.started_at, now, outcome, std::nullopt, 0, 0, message, 0, 0, 0, "");
}

}  // namespace orc::sqlite
