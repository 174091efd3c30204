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
        return StoredJob{.id = id,
                         .owner = row.integer(0),
                         .name = row.integer(1),
                         .status = row.as<JobStatus>(2),
                         .queue = row.as<QueuePlace>(3),
                         .priority = row.as<int>(4),
                         .fence = row.as<Fence>(5),
                         .runs = row.as<int>(6),
                         .attempts = row.as<int>(7),
                         .losses = row.as<int>(8),
                         .log_lines = row.integer(9),
                         .due_at = row.time(10),
                         .run_at = row.maybe_time(11),
                         .worker = row.maybe<WorkerId>(12),
                         .worker_before = row.maybe<WorkerId>(12),
                         .started_at = row.maybe_time(13),
                         .completed_at = row.maybe_time(14),
                         .share_key = row.text(15),
                         .of_class = row.as<PlacementClassId>(21),
                         .error_message = row.maybe_text(16),
                         .reported_lines = row.integer(17),
                         .reported_bytes = row.integer(18),
                         .progress = progress_of(row, 19),
                         .callback_url = row.maybe_text(22)};
      },
      id);
}

void StoredJobs::write(const StoredJob& job, JobStatus before) {
  std::optional<std::string_view> result_text;
  std::optional<ContentHash> result_blob;
  if (job.result) {
    result_blob = job.result->blob;
    if (!result_blob) result_text = job.result->text;
  }
  std::optional<double> progress;
  std::optional<std::string_view> progress_message;
  if (job.progress) {
    progress = job.progress->fraction;
    progress_message = job.progress->message;
  }
  write_.execute(job.id, job.status, job.queue, job.fence, job.attempts, job.losses, job.log_lines, job.due_at, job.run_at, job.worker,
                 job.started_at, job.completed_at, job.error_message, stage_of(job.status), result_text, result_blob, job.reported_lines,
                 job.reported_bytes, progress, progress_message, job.of_class, job.waits_since);
  if (job.status != before) {
    counters_.add({.owner = job.owner, .name = job.name, .status = before}, -1);
    counters_.add({.owner = job.owner, .name = job.name, .status = job.status}, 1);
  }
  if (!job.worker) let_go(job);
  if (job.queue == QueuePlace::ready) turns_.join(job.priority, job.share_key, job.of_class);
}

void StoredJobs::let_go(const StoredJob& job) {
  if (job.worker_before) rooms_.hold(*job.worker_before, job.of_class, -1);
}

}  // namespace orc::sqlite
