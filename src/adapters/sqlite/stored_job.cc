#include "adapters/sqlite/stored_job.h"

namespace orc::sqlite {

std::optional<Progress> progress_of(Row row, int column) {
  if (row.is_null(column)) return {};
  return Progress{.fraction = row.real(column), .message = row.text(column + 1)};
}

StoredJobs::StoredJobs(Connection& connection, const StatementCatalog& catalog, Counters& counters, ShareTurns& turns, WorkerRooms& rooms)
    : counters_(counters),
      turns_(turns),
      rooms_(rooms),
      find_(catalog.prepare(connection, "job_to_change")),
      write_(catalog.prepare(connection, "write_job")) {}

std::optional<StoredJob> StoredJobs::find(JobId id) {
  return find_.first(
      [id](Row row) {
        return StoredJob{.course = {.id = id,
                                    .status = row.as<JobStatus>(2),
                                    .queue = row.as<QueuePlace>(3),
                                    .fence = row.as<Fence>(5),
                                    .runs = row.as<int>(6),
                                    .attempts = row.as<int>(7),
                                    .losses = row.as<int>(8),
                                    .due_at = row.time(10),
                                    .run_at = row.maybe_time(11),
                                    .waits_since = {},
                                    .worker = row.maybe<WorkerId>(12),
                                    .started_at = row.maybe_time(13),
                                    .completed_at = row.maybe_time(14),
                                    .error_message = row.maybe_text(16),
                                    .reported = {.lines = row.integer(17), .bytes = row.integer(18)},
                                    .progress = progress_of(row, 19)},
                         .owner = row.integer(0),
                         .name = row.integer(1),
                         .priority = row.as<int>(4),
                         .log_lines = row.integer(9),
                         .worker_before = row.maybe<WorkerId>(12),
                         .share_key = row.text(15),
                         .of_class = row.as<PlacementClassId>(21),
                         .callback_url = row.maybe_text(22),
                         .result = {}};
      },
      id);
}

void StoredJobs::write(const StoredJob& job, JobStatus before) {
  const JobCourse& course = job.course;
  std::optional<std::string_view> result_text;
  std::optional<ContentHash> result_blob;
  if (job.result) {
    result_blob = job.result->blob;
    if (!result_blob) result_text = job.result->text;
  }
  std::optional<double> progress;
  std::optional<std::string_view> progress_message;
  if (course.progress) {
    progress = course.progress->fraction;
    progress_message = course.progress->message;
  }
  write_.execute(course.id, course.status, course.queue, course.fence, course.attempts, course.losses, job.log_lines, course.due_at,
                 course.run_at, course.worker, course.started_at, course.completed_at, course.error_message, stage_of(course.status),
                 result_text, result_blob, course.reported.lines, course.reported.bytes, progress, progress_message, job.of_class,
                 course.waits_since);
  if (course.status != before) {
    counters_.add({.owner = job.owner, .name = job.name, .status = before}, -1);
    counters_.add({.owner = job.owner, .name = job.name, .status = course.status}, 1);
  }
  if (!course.worker) let_go(job);
  if (course.queue == QueuePlace::ready) turns_.join(job.priority, job.share_key, job.of_class);
}

void StoredJobs::let_go(const StoredJob& job) {
  if (job.worker_before) rooms_.hold(*job.worker_before, job.of_class, -1);
}

}  // namespace orc::sqlite
