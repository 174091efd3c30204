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
  StoredJob job{.id = row.as<JobId>(0),
                .owner = row.integer(1),
                .plugin_name = row.text(2),
                .plugin = row.as<PluginId>(18),
                .status = status_of_label(row.bytes(3)),
                .queue = row.as<QueuePlace>(4),
                .priority = row.as<int>(5),
                .fence = row.as<Fence>(6),
                .runs = row.as<int>(7),
                .attempts = row.as<int>(8),
                .losses = row.as<int>(9),
                .log_lines = row.integer(10),
                .due_at = row.time(11),
                .run_at = row.maybe_time(12),
                .worker = row.maybe<WorkerId>(13),
                .started_at = row.maybe_time(14),
                .completed_at = row.maybe_time(15),
                .share_key = row.text(16),
                .of_class = row.as<PlacementClassId>(23),
                .error_message = row.maybe_text(17),
                .reported_lines = row.integer(19),
                .reported_bytes = row.integer(20),
                .progress = read_progress(row, 21),
                .callback_url = row.maybe_text(24)};
  if (!row.is_null(25)) job.queue_time = std::chrono::seconds{row.integer(25)};
  job.status_before = job.status;
  return job;
}

}  // namespace

void JobChanges::load(Transaction& transaction, const std::vector<JobId>& ids) {
  for (const Row row : transaction.ask("jobs_to_change", ids)) {
    StoredJob job = read_job(row);
    jobs_.emplace(job.id, std::move(job));
  }
}

StoredJob* JobChanges::find(JobId id) {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : &found->second;
}

void JobChanges::end_attempt(const StoredJob& job, const AttemptEnd& end, Timestamp now) {
  attempts_.push_back({.id = job.id,
                       .number = job.runs,
                       .worker = job.worker,
                       .isolation = end.isolation,
                       .started_at = job.started_at,
                       .ended_at = now,
                       .outcome = end.outcome,
                       .exit_code = end.exit_code,
                       .usage = end.usage,
                       .message = end.message,
                       .image = end.image});
}

void JobChanges::cut_attempt(const StoredJob& job, AttemptOutcome outcome, std::string_view message, Timestamp now) {
  attempts_.push_back({.id = job.id,
                       .number = job.runs,
                       .worker = job.worker,
                       .isolation = {},
                       .started_at = job.started_at,
                       .ended_at = now,
                       .outcome = outcome,
                       .exit_code = {},
                       .usage = {},
                       .message = std::string(message),
                       .image = {}});
}

// Before its second run a job has none.
void JobChanges::replace_artifacts(const StoredJob& job, const std::vector<Artifact>& artifacts) {
  if (job.runs > 1 || job.status != JobStatus::processing) forgotten_artifacts_.push_back(job.id);
  artifacts_[job.id] = artifacts;
}

void JobChanges::add_log(StoredJob& job, std::span<const LogLine> lines, std::span<const LogChunk> log, Timestamp now) {
  const auto news = lines_behind(lines, job.reported_lines);
  if (news.size() < lines.size()) log = made_anew_.emplace_back(to_chunks(news));
  for (const LogChunk& chunk : log) {
    logs_.push_back(
        {.id = job.id, .first_line = job.log_lines + 1, .line_count = chunk.line_count, .stored_at = now, .bytes = chunk.bytes});
    job.log_lines += chunk.line_count;
  }
}

void JobChanges::add_dead_letter(const StoredJob& job, std::string_view reason, Timestamp now) {
  dead_letters_[job.id] = {.id = job.id, .reason = std::string(reason), .attempts = job.attempts, .died_at = now};
}

void JobChanges::add_callback(const StoredJob& job, Timestamp now) {
  if (!job.callback_url) return;
  auto url = parse_callback_url(*job.callback_url);
  ORC_ASSERT(url.has_value());
  callbacks_.push_back({.id = job.id,
                        .url = std::move(url->text),
                        .origin = std::move(url->origin),
                        .status = job.status,
                        .error_message = job.error_message,
                        .ended_at = now});
}

void JobChanges::forget_end(JobId id) {
  forgotten_ends_.push_back(id);
  dead_letters_.erase(id);
}

}  // namespace orc::postgres
