#include "adapters/sqlite/job_life.h"

#include <utility>

#include "adapters/sql_text/column_text.h"
#include "adapters/sql_text/measure_column.h"
#include "domain/assert.h"
#include "domain/callback/callback_url.h"
#include "domain/job/job_course.h"

namespace orc::sqlite {
namespace {

std::unexpected<Error> no_such_job() { return fail(ErrorCode::not_found, "Job not found"); }

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
      tell_usage_(catalog.prepare(connection, "tell_usage")),
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
  auto change = report_run(job->course, worker, run, report);
  if (!change) return pass_on(change);
  add_log(*job, change->lines_stored, report.log, log, now);
  write(*job, *change, now);
  return {};
}

Result<JobStatus> JobLife::finish(const AttemptEnd& end, std::span<const LogChunk> log, Timestamp now) {
  auto job = jobs_.find(end.id);
  if (!job) return no_such_job();
  auto change = finish_run(job->course, end, now);
  if (!change) {
    tell_rest(*job, end, log, now);
    return pass_on(change);
  }
  add_log(*job, change->lines_stored, end.log, log, now);
  if (change->takes_artifacts) replace_artifacts(*job, end.artifacts);
  if (end.result) {
    job->result = end.result;
    if (end.result->blob) add_blob_.execute(*end.result->blob, end.id, BlobRole::result);
  }
  write(*job, *change, now);
  return job->course.status;
}

Result<JobStatus> JobLife::cancel(JobId id, Timestamp now) {
  auto job = jobs_.find(id);
  if (!job) return no_such_job();
  auto change = cancel_job(job->course, now);
  if (!change) return pass_on(change);
  write(*job, *change, now);
  return change->before;
}

Result<void> JobLife::retry(JobId id, Timestamp now) {
  auto job = jobs_.find(id);
  if (!job) return no_such_job();
  auto change = retry_job(job->course, now);
  if (!change) return pass_on(change);
  write(*job, *change, now);
  return {};
}

Rescue JobLife::rescue(WorkerId dead, WorkerEnd how, Timestamp now) {
  Rescue rescue;
  for (const JobId id : ids_of(jobs_of_worker_, dead, rescue_batch_max)) {
    auto job = jobs_.find(id);
    ORC_ASSERT(job.has_value());
    write(*job, take_from_worker(job->course, how, rescue.requeued.size(), now), now);
    (is_terminal(job->course.status) ? rescue.failed : rescue.requeued).push_back(id);
  }
  return rescue;
}

void JobLife::withdraw(JobId id, std::string_view plugin_name, Timestamp now) {
  auto job = jobs_.find(id);
  ORC_ASSERT(job.has_value());
  write(*job, withdraw_job(job->course, plugin_name, now), now);
}

std::vector<JobId> JobLife::end_overdue(std::size_t count, Timestamp now) {
  std::vector<std::pair<JobId, std::chrono::seconds>> overdue;
  overdue_jobs_.for_each([&](Row row) { overdue.emplace_back(row.as<JobId>(0), row.integer(1)); }, now, count);
  std::vector<JobId> ended;
  for (const auto& [id, queue_time] : overdue) {
    auto job = jobs_.find(id);
    ORC_ASSERT(job.has_value());
    write(*job, end_overdue_job(job->course, queue_time, now), now);
    ended.push_back(id);
  }
  return ended;
}

void JobLife::write(StoredJob& job, const CourseChange& change, Timestamp now) {
  const JobId id = job.course.id;
  if (change.attempt) add_attempt(id, *change.attempt);
  if (change.dead_letter) add_dead_letter_.execute(id, *change.dead_letter, job.course.attempts, now);
  if (change.forgets_end) {
    remove_dead_letter_.execute(id);
    remove_result_blob_.execute(id);
    forget_artifacts(id);
  }
  if (is_terminal(job.course.status)) tell_end(job, now);
  jobs_.write(job, change.before);
}

void JobLife::tell_end(const StoredJob& job, Timestamp now) {
  if (!job.callback_url) return;
  const auto url = parse_callback_url(*job.callback_url);
  ORC_ASSERT(url.has_value());
  add_callback_.execute(job.course.id, url->text, url->origin, job.course.status, job.course.error_message, now);
}

// Chunks whose first lines are there already are made anew: seldom, as only a lost answer makes a worker tell them again.
void JobLife::add_log(StoredJob& job, std::int64_t lines_stored, std::span<const LogLine> lines, std::span<const LogChunk> log,
                      Timestamp now) {
  const auto news = lines_behind(lines, lines_stored);
  std::vector<LogChunk> anew;
  if (news.size() < lines.size()) {
    anew = to_chunks(news);
    log = anew;
  }
  for (const LogChunk& chunk : log) {
    add_log_chunk_.execute(job.course.id, job.log_lines + 1, chunk.line_count, now, Bytes{chunk.bytes});
    job.log_lines += chunk.line_count;
  }
}

// Before its second run a job has none.
void JobLife::replace_artifacts(const StoredJob& job, const std::vector<Artifact>& artifacts) {
  const JobId id = job.course.id;
  if (job.course.runs > 1) forget_artifacts(id);
  for (const Artifact& artifact : artifacts) {
    add_artifact_.execute(id, artifact.name, artifact.bytes, artifact.hash);
    add_blob_.execute(artifact.hash, id, BlobRole::artifact);
  }
}

void JobLife::forget_artifacts(JobId id) {
  remove_artifacts_.execute(id);
  remove_artifact_blobs_.execute(id);
}

void JobLife::add_attempt(JobId id, const EndedAttempt& attempt) {
  const Usage& usage = attempt.usage;
  add_attempt_.execute(id, attempt.number, attempt.worker, attempt.isolation, attempt.started_at, attempt.ended_at, attempt.outcome,
                       attempt.exit_code, measure_column(usage.cpu), measure_column(usage.peak_bytes), attempt.message, usage.wall.count(),
                       usage.bytes_in, usage.bytes_out, attempt.image);
}

void JobLife::tell_rest(StoredJob& job, const AttemptEnd& end, std::span<const LogChunk> log, Timestamp now) {
  const auto lines_stored = end_cancelled_run(job.course, end);
  if (!lines_stored) return;
  const Usage& usage = end.usage;
  tell_usage_.execute(job.course.id, job.course.runs, AttemptOutcome::cancelled, measure_column(usage.cpu),
                      measure_column(usage.peak_bytes), usage.wall.count(), usage.bytes_in, usage.bytes_out, end.image, now);
  add_log(job, *lines_stored, end.log, log, now);
  jobs_.write(job, job.course.status);
}

}  // namespace orc::sqlite
