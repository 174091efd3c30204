#include "adapters/postgres/job_changes.h"

#include <algorithm>
#include <utility>

#include "adapters/postgres/status_label.h"
#include "adapters/sql_text/column_text.h"
#include "domain/assert.h"
#include "domain/callback/callback_url.h"

namespace orc::postgres {
namespace {

StoredJob read_job(Row row) {
  StoredJob job{.course = {.id = row.as<JobId>(0),
                           .status = status_of_label(row.bytes(3)),
                           .queue = row.as<QueuePlace>(4),
                           .fence = row.as<Fence>(6),
                           .runs = row.as<int>(7),
                           .attempts = row.as<int>(8),
                           .losses = row.as<int>(9),
                           .due_at = row.time(11),
                           .run_at = row.maybe_time(12),
                           .waits_since = {},
                           .worker = row.maybe<WorkerId>(13),
                           .started_at = row.maybe_time(14),
                           .completed_at = row.maybe_time(15),
                           .error_message = row.maybe_text(17),
                           .reported = {.lines = row.integer(19), .bytes = row.integer(20)},
                           .progress = read_progress(row, 21)},
                .owner = row.integer(1),
                .plugin_name = row.text(2),
                .plugin = row.as<PluginId>(18),
                .priority = row.as<int>(5),
                .log_lines = row.integer(10),
                .share_key = row.text(16),
                .of_class = row.as<PlacementClassId>(23),
                .callback_url = row.maybe_text(24),
                .queue_time = {},
                .result = {}};
  if (!row.is_null(25)) job.queue_time = std::chrono::seconds{row.integer(25)};
  job.status_before = job.course.status;
  return job;
}

}  // namespace

void JobChanges::load(Transaction& transaction, const std::vector<JobId>& ids) {
  for (const Row row : transaction.ask("jobs_to_change", ids)) {
    StoredJob job = read_job(row);
    jobs_.emplace(job.course.id, std::move(job));
  }
}

StoredJob* JobChanges::find(JobId id) {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : &found->second;
}

void JobChanges::keep(StoredJob& job, const CourseChange& change, Timestamp now) {
  const JobId id = job.course.id;
  job.is_changed = true;
  if (change.attempt) attempts_.emplace_back(id, *change.attempt);
  if (change.forgets_end) {
    job.result.reset();
    forgotten_artifacts_.push_back(id);
    artifacts_.erase(id);
    forgotten_ends_.push_back(id);
    dead_letters_.erase(id);
  }
  if (change.dead_letter) dead_letters_[id] = {.id = id, .reason = *change.dead_letter, .attempts = job.course.attempts, .died_at = now};
  if (is_terminal(job.course.status)) add_callback(job, now);
}

void JobChanges::tell_usage(StoredJob& job, const AttemptEnd& end, Timestamp now) {
  job.is_changed = true;
  usages_.push_back({.id = job.course.id, .number = job.course.runs, .usage = end.usage, .image = end.image, .ended_at = now});
}

// Before its second run a job has none.
void JobChanges::replace_artifacts(const StoredJob& job, const std::vector<Artifact>& artifacts) {
  if (job.course.runs > 1) forgotten_artifacts_.push_back(job.course.id);
  artifacts_[job.course.id] = artifacts;
}

void JobChanges::add_log(StoredJob& job, std::int64_t lines_stored, std::span<const LogLine> lines, std::span<const LogChunk> log,
                         Timestamp now) {
  const auto news = lines_behind(lines, lines_stored);
  if (news.size() < lines.size()) log = made_anew_.emplace_back(to_chunks(news));
  for (const LogChunk& chunk : log) {
    logs_.push_back(
        {.id = job.course.id, .first_line = job.log_lines + 1, .line_count = chunk.line_count, .stored_at = now, .bytes = chunk.bytes});
    job.log_lines += chunk.line_count;
  }
}

void JobChanges::add_callback(const StoredJob& job, Timestamp now) {
  if (!job.callback_url) return;
  auto url = parse_callback_url(*job.callback_url);
  ORC_ASSERT(url.has_value());
  callbacks_.push_back({.id = job.course.id,
                        .url = std::move(url->text),
                        .origin = std::move(url->origin),
                        .status = job.course.status,
                        .error_message = job.course.error_message,
                        .ended_at = now});
}

}  // namespace orc::postgres
