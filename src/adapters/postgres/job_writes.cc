#include "adapters/postgres/job_changes.h"
#include "adapters/postgres/payload_columns.h"
#include "adapters/postgres/status_label.h"
#include "adapters/sql_text/column_text.h"
#include "adapters/sql_text/measure_column.h"

namespace orc::postgres {

void JobChanges::write(Transaction& transaction) {
  ShareLines lines;
  std::vector<PluginId> waited_for;
  for (const auto& [id, job] : jobs_) {
    if (!job.is_changed) continue;
    if (job.course.queue == QueuePlace::ready) lines.need(job.priority, job.share_key, job.of_class);
    if (job.course.queue != QueuePlace::none) waited_for.push_back(job.plugin);
    transaction.counters().add(job.owner, job.plugin_name, job.status_before, -1);
    transaction.counters().add(job.owner, job.plugin_name, job.course.status, 1);
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
  write_usages(transaction);
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
    const JobCourse& course = job.course;
    ids.push_back(id);
    statuses.push_back(status_label(course.status));
    queues.push_back(course.queue);
    fences.push_back(course.fence);
    attempts.push_back(course.attempts);
    losses.push_back(course.losses);
    log_lines.push_back(job.log_lines);
    due.push_back(course.due_at);
    run_at.push_back(course.run_at);
    workers.push_back(course.worker);
    started.push_back(course.started_at);
    completed.push_back(course.completed_at);
    messages.emplace_back(course.error_message);
    reported_lines.push_back(course.reported.lines);
    reported_bytes.push_back(course.reported.bytes);
    progress.push_back(course.progress ? std::optional(course.progress->fraction) : std::nullopt);
    progress_messages.push_back(course.progress ? std::optional<std::string_view>(course.progress->message) : std::nullopt);
    classes.push_back(job.of_class);
    waits_since.push_back(course.waits_since);
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
  for (const auto& [id, row] : attempts_) {
    ids.push_back(id);
    numbers.push_back(row.number);
    workers.push_back(row.worker.value_or(WorkerId{}));
    isolations.push_back(row.isolation);
    started.push_back(row.started_at.value_or(row.ended_at));
    ended.push_back(row.ended_at);
    outcomes.push_back(row.outcome);
    exit_codes.push_back(row.exit_code);
    cpu.push_back(measure_column(row.usage.cpu));
    peak.push_back(measure_column(row.usage.peak_bytes));
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

void JobChanges::write_usages(Transaction& transaction) const {
  if (usages_.empty()) return;
  std::vector<JobId> ids;
  std::vector<int> numbers;
  std::vector<std::int64_t> cpu, peak, wall, bytes_in, bytes_out;
  std::vector<std::string_view> images;
  std::vector<Timestamp> ended;
  for (const UsageRow& row : usages_) {
    ids.push_back(row.id);
    numbers.push_back(row.number);
    cpu.push_back(measure_column(row.usage.cpu));
    peak.push_back(measure_column(row.usage.peak_bytes));
    wall.push_back(row.usage.wall.count());
    bytes_in.push_back(row.usage.bytes_in);
    bytes_out.push_back(row.usage.bytes_out);
    images.emplace_back(row.image);
    ended.push_back(row.ended_at);
  }
  transaction.send("tell_usages", AttemptOutcome::cancelled, ids, numbers, cpu, peak, wall, bytes_in, bytes_out, images, ended);
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
