#include "adapters/postgres/job_changes.h"

#include <algorithm>
#include <utility>

#include "adapters/postgres/payload_columns.h"
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

void JobChanges::write(Transaction& transaction) {
  ShareLines lines;
  std::vector<PluginId> waited_for;
  for (const auto& [id, job] : jobs_) {
    if (!job.is_changed) continue;
    if (job.queue == QueuePlace::ready) lines.need(job.priority, job.share_key, job.of_class);
    if (job.queue != QueuePlace::none) waited_for.push_back(job.plugin);
    transaction.counters().add(job.owner, job.plugin_name, job.status_before, -1);
    transaction.counters().add(job.owner, job.plugin_name, job.status, 1);
  }
  if (!lines.empty()) {
    lines.send(transaction);
    transaction.exchange();
    lines.settle(transaction);
    lines.join(transaction);
  }
  if (!waited_for.empty()) transaction.send("note_orphans_of_plugins", waited_for);
  if (!forgotten_ends_.empty()) {
    transaction.send("remove_dead_letters", forgotten_ends_);
    transaction.send("remove_result_blobs", forgotten_ends_);
  }
  write_attempts(transaction);
  write_artifacts(transaction);
  write_logs(transaction);
  write_dead_letters(transaction);
  write_callbacks(transaction);
  write_result_blobs(transaction);
  write_jobs(transaction);
}

void JobChanges::write_jobs(Transaction& transaction) const {
  std::vector<JobId> ids;
  std::vector<std::string_view> statuses;
  std::vector<QueuePlace> queues;
  std::vector<Fence> fences;
  std::vector<int> attempts, losses;
  std::vector<std::int64_t> log_lines;
  std::vector<Timestamp> due;
  std::vector<std::optional<Timestamp>> run_at, started, completed, waits_since;
  std::vector<std::optional<WorkerId>> workers;
  std::vector<std::optional<std::string_view>> messages;
  std::vector<std::int64_t> reported_lines, reported_bytes;
  std::vector<std::optional<double>> progress;
  std::vector<std::optional<std::string_view>> progress_messages;
  std::vector<PlacementClassId> classes;
  PayloadColumns results;
  for (const auto& [id, job] : jobs_) {
    if (!job.is_changed) continue;
    ids.push_back(id);
    statuses.push_back(status_label(job.status));
    queues.push_back(job.queue);
    fences.push_back(job.fence);
    attempts.push_back(job.attempts);
    losses.push_back(job.losses);
    log_lines.push_back(job.log_lines);
    due.push_back(job.due_at);
    run_at.push_back(job.run_at);
    workers.push_back(job.worker);
    started.push_back(job.started_at);
    completed.push_back(job.completed_at);
    messages.emplace_back(job.error_message);
    reported_lines.push_back(job.reported_lines);
    reported_bytes.push_back(job.reported_bytes);
    progress.push_back(job.progress ? std::optional(job.progress->fraction) : std::nullopt);
    progress_messages.push_back(job.progress ? std::optional<std::string_view>(job.progress->message) : std::nullopt);
    classes.push_back(job.of_class);
    waits_since.push_back(job.waits_since);
    results.add(job.result ? &*job.result : nullptr);
  }
  if (ids.empty()) return;
  transaction.send("write_jobs", ids, statuses, queues, fences, attempts, losses, log_lines, due, run_at, workers, started, completed,
                   messages, results.json, results.bytes, results.blobs, reported_lines, reported_bytes, progress, progress_messages,
                   classes, waits_since);
}

void JobChanges::write_attempts(Transaction& transaction) const {
  std::vector<JobId> ids;
  std::vector<int> numbers;
  std::vector<WorkerId> workers;
  std::vector<std::optional<Isolation>> isolations;
  std::vector<Timestamp> started, ended;
  std::vector<AttemptOutcome> outcomes;
  std::vector<std::optional<int>> exit_codes;
  std::vector<std::int64_t> cpu, peak, wall, bytes_in, bytes_out;
  std::vector<std::string_view> messages, images;
  for (const AttemptRow& row : attempts_) {
    ids.push_back(row.id);
    numbers.push_back(row.number);
    workers.push_back(row.worker.value_or(WorkerId{}));
    isolations.push_back(row.isolation);
    started.push_back(row.started_at.value_or(row.ended_at));
    ended.push_back(row.ended_at);
    outcomes.push_back(row.outcome);
    exit_codes.push_back(row.exit_code);
    cpu.push_back(row.usage.cpu.count());
    peak.push_back(row.usage.peak_bytes);
    wall.push_back(row.usage.wall.count());
    bytes_in.push_back(row.usage.bytes_in);
    bytes_out.push_back(row.usage.bytes_out);
    messages.emplace_back(row.message);
    images.emplace_back(row.image);
  }
  if (ids.empty()) return;
  transaction.send("add_attempts", ids, numbers, workers, isolations, started, ended, outcomes, exit_codes, cpu, peak, messages, wall,
                   bytes_in, bytes_out, images);
}

void JobChanges::write_artifacts(Transaction& transaction) const {
  if (!forgotten_artifacts_.empty()) {
    transaction.send("remove_artifacts", forgotten_artifacts_);
    transaction.send("remove_artifact_blobs", forgotten_artifacts_);
  }
  std::vector<JobId> ids;
  std::vector<std::string_view> names;
  std::vector<std::int64_t> bytes;
  std::vector<ContentHash> hashes;
  for (const auto& [id, artifacts] : artifacts_)
    for (const Artifact& artifact : artifacts) {
      ids.push_back(id);
      names.emplace_back(artifact.name);
      bytes.push_back(artifact.bytes);
      hashes.push_back(artifact.hash);
    }
  if (ids.empty()) return;
  transaction.send("add_artifacts", ids, names, bytes, hashes);
  const std::vector<BlobRole> roles(ids.size(), BlobRole::artifact);
  transaction.send("add_job_blobs", hashes, ids, roles);
}

void JobChanges::write_logs(Transaction& transaction) const {
  std::vector<JobId> ids;
  std::vector<std::int64_t> first, count;
  std::vector<Timestamp> stored;
  std::vector<Bytes> bytes;
  for (const LogRow& row : logs_) {
    ids.push_back(row.id);
    first.push_back(row.first_line);
    count.push_back(row.line_count);
    stored.push_back(row.stored_at);
    bytes.push_back({row.bytes});
  }
  if (!ids.empty()) transaction.send("add_log_chunks", ids, first, count, stored, bytes);
}

void JobChanges::write_dead_letters(Transaction& transaction) const {
  std::vector<JobId> ids;
  std::vector<std::string_view> reasons;
  std::vector<int> attempts;
  std::vector<Timestamp> died;
  for (const auto& [id, row] : dead_letters_) {
    ids.push_back(id);
    reasons.emplace_back(row.reason);
    attempts.push_back(row.attempts);
    died.push_back(row.died_at);
  }
  if (!ids.empty()) transaction.send("add_dead_letters", ids, reasons, attempts, died);
}

void JobChanges::write_callbacks(Transaction& transaction) const {
  std::vector<JobId> ids;
  std::vector<std::string_view> urls, origins;
  std::vector<JobStatus> statuses;
  std::vector<std::optional<std::string_view>> messages;
  std::vector<Timestamp> ended;
  for (const CallbackRow& row : callbacks_) {
    ids.push_back(row.id);
    urls.emplace_back(row.url);
    origins.emplace_back(row.origin);
    statuses.push_back(row.status);
    messages.emplace_back(row.error_message);
    ended.push_back(row.ended_at);
  }
  if (!ids.empty()) transaction.send("add_callbacks", ids, urls, origins, statuses, messages, ended);
}

void JobChanges::write_result_blobs(Transaction& transaction) const {
  std::vector<ContentHash> hashes;
  std::vector<JobId> ids;
  for (const auto& [id, job] : jobs_) {
    if (!job.is_changed || !job.result || !job.result->blob) continue;
    hashes.push_back(*job.result->blob);
    ids.push_back(id);
  }
  if (ids.empty()) return;
  const std::vector<BlobRole> roles(ids.size(), BlobRole::result);
  transaction.send("add_job_blobs", hashes, ids, roles);
}

}  // namespace orc::postgres
