#include "adapters/postgres/job_life.h"

#include <algorithm>
#include <utility>

#include "domain/job/job_course.h"

namespace orc::postgres {
namespace {

std::unexpected<Error> no_such_job() { return fail(ErrorCode::not_found, "Job not found"); }

}  // namespace

Result<JobStatus> finish(JobChanges& changes, const AttemptEnd& end, std::span<const LogChunk> log, Timestamp now) {
  StoredJob* const job = changes.find(end.id);
  if (!job) return no_such_job();
  auto change = finish_run(job->course, end, now);
  if (!change) {
    if (const auto lines_stored = end_cancelled_run(job->course, end)) {
      changes.tell_usage(*job, end, now);
      changes.add_log(*job, *lines_stored, end.log, log, now);
    }
    return pass_on(change);
  }
  changes.add_log(*job, change->lines_stored, end.log, log, now);
  if (change->takes_artifacts) changes.replace_artifacts(*job, end.artifacts);
  if (end.result) job->result = end.result;
  changes.keep(*job, *change, now);
  return job->course.status;
}

Result<JobStatus> report(JobChanges& changes, WorkerId worker, RunName run, const RunReport& report, std::span<const LogChunk> log,
                         Timestamp now) {
  StoredJob* const job = changes.find(run.job);
  if (!job) return no_such_job();
  auto change = report_run(job->course, worker, run, report);
  if (!change) return pass_on(change);
  changes.add_log(*job, change->lines_stored, report.log, log, now);
  changes.keep(*job, *change, now);
  return job->course.status;
}

Result<JobStatus> cancel(JobChanges& changes, JobId id, Timestamp now) {
  StoredJob* const job = changes.find(id);
  if (!job) return no_such_job();
  auto change = cancel_job(job->course, now);
  if (!change) return pass_on(change);
  changes.keep(*job, *change, now);
  return change->before;
}

Result<void> retry(JobChanges& changes, JobId id, Timestamp now) {
  StoredJob* const job = changes.find(id);
  if (!job) return no_such_job();
  auto change = retry_job(job->course, now);
  if (!change) return pass_on(change);
  changes.keep(*job, *change, now);
  return {};
}

void lose_worker(JobChanges& changes, JobId id, WorkerEnd how, Rescue& rescue, Timestamp now) {
  StoredJob* const job = changes.find(id);
  if (!job || job->course.status != JobStatus::processing) return;
  changes.keep(*job, take_from_worker(job->course, how, rescue.requeued.size(), now), now);
  (is_terminal(job->course.status) ? rescue.failed : rescue.requeued).push_back(id);
}

void withdraw(JobChanges& changes, JobId id, std::string_view plugin_name, Timestamp now) {
  StoredJob* const job = changes.find(id);
  if (job && job->course.status == JobStatus::queued) changes.keep(*job, withdraw_job(job->course, plugin_name, now), now);
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
    if (!job || !job->queue_time || !is_overdue(job->course, *job->queue_time, now)) continue;
    changes.keep(*job, end_overdue_job(job->course, *job->queue_time, now), now);
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
