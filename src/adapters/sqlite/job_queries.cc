#include "adapters/sqlite/job_queries.h"

#include <algorithm>

#include "adapters/sql_text/column_text.h"
#include "adapters/sql_text/log_chunk.h"
#include "adapters/sql_text/measure_column.h"
#include "adapters/sql_text/placement_text.h"
#include "adapters/sqlite/stored_job.h"

namespace orc::sqlite {
namespace {

Payload read_payload(Row row, int text_column) {
  Payload payload{.text = row.text(text_column), .blob = row.maybe_hash(text_column + 1)};
  return payload;
}

Job read_job(Row row) {
  Job job{.id = row.as<JobId>(0),
          .plugin = row.as<PluginId>(1),
          .version_id = row.as<PluginVersionId>(2),
          .plugin_name = row.text(3),
          .plugin_version = row.text(4),
          .status = row.as<JobStatus>(5),
          .input = read_payload(row, 6),
          .result = {},
          .error_message = row.maybe_text(10),
          .owner = {},
          .created_at = row.time(13),
          .started_at = row.maybe_time(14),
          .completed_at = row.maybe_time(15),
          .priority = row.as<int>(16),
          .share_key = row.text(17),
          .run_at = row.maybe_time(18),
          .timeout = {},
          .attempts = row.as<int>(20),
          .attempts_max = row.as<int>(21),
          .labels = labels_from_text(row.bytes(22)),
          .progress = progress_of(row, 23),
          .callback_url = row.maybe_text(25)};
  if (!row.is_null(8) || !row.is_null(9)) job.result = read_payload(row, 8);
  if (row.integer(11) != 0 && row.integer(12) == 0) job.owner = row.as<UserId>(11);
  if (!row.is_null(19)) job.timeout = std::chrono::seconds{row.integer(19)};
  return job;
}

Attempt read_attempt(Row row) {
  return {.number = row.as<int>(0),
          .worker = row.as<WorkerId>(1),
          .worker_name = row.text(2),
          .isolation = row.as<Isolation>(3),
          .plugin_version = row.text(4),
          .started_at = row.time(5),
          .ended_at = row.maybe_time(6),
          .outcome = row.maybe<AttemptOutcome>(7),
          .message = row.text(8),
          .exit_code = row.maybe<int>(9),
          .usage = {.cpu = read_measure<std::chrono::milliseconds>(row.integer(10)),
                    .peak_bytes = read_measure<std::int64_t>(row.integer(11)),
                    .wall = std::chrono::milliseconds{row.integer(12)},
                    .bytes_in = row.integer(13),
                    .bytes_out = row.integer(14)},
          .image = row.text(15)};
}

}  // namespace

JobQueries::JobQueries(Connection& connection, const StatementCatalog& catalog)
    : by_id_(catalog.prepare(connection, "job_by_id")),
      earlier_(catalog.prepare(connection, "earlier_submission")),
      counts_of_owner_(catalog.prepare(connection, "counts_of_owner")),
      counts_of_all_(catalog.prepare(connection, "counts_of_all")),
      runs_of_worker_(catalog.prepare(connection, "runs_of_worker")),
      waiting_before_(catalog.prepare(connection, "waiting_before")),
      job_exists_(catalog.prepare(connection, "job_exists")),
      worker_loads_(catalog.prepare(connection, "worker_loads")),
      attempts_(catalog.prepare(connection, "attempts_of_job")),
      artifacts_(catalog.prepare(connection, "artifacts_of_job")),
      log_line_count_(catalog.prepare(connection, "log_line_count")),
      log_chunks_(catalog.prepare(connection, "log_chunks")),
      dead_letter_count_(catalog.prepare(connection, "dead_letter_count")),
      dead_letter_page_(catalog.prepare(connection, "dead_letter_page")),
      oldest_due_(catalog.prepare(connection, "oldest_due")),
      is_former_user_(catalog.prepare(connection, "is_former_user")) {}

Result<Job> JobQueries::get(JobId id) {
  auto job = by_id_.first(read_job, id);
  if (!job) return fail(ErrorCode::not_found, "Job not found");
  return std::move(*job);
}

std::vector<std::optional<EarlierSubmission>> JobQueries::earlier_submissions(std::optional<UserId> owner,
                                                                              const std::vector<std::string>& keys, Timestamp now) {
  std::vector<std::optional<EarlierSubmission>> answers(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto found = earlier_.first([](Row row) { return std::pair(row.as<JobId>(0), row.hash(1)); }, owner.value_or(UserId{}), keys[i],
                                      now - idempotency_lifetime);
    if (!found) continue;
    if (auto job = by_id_.first(read_job, found->first)) answers[i] = EarlierSubmission{.job = std::move(*job), .request = found->second};
  }
  return answers;
}

JobCounts JobQueries::counts(std::optional<UserId> owner) {
  JobCounts counts{};
  const auto add = [&](Row row) { counts.at(static_cast<std::size_t>(row.integer(0))) = row.integer(1); };
  if (!owner) {
    counts_of_all_.for_each(add);
  } else if (!is_former_user_.any(*owner)) {
    counts_of_owner_.for_each(add, *owner);
  }
  return counts;
}

std::vector<RunName> JobQueries::runs_of(WorkerId worker) {
  std::vector<RunName> runs;
  runs_of_worker_.for_each([&](Row row) { runs.push_back({.job = row.as<JobId>(0), .fence = row.as<Fence>(1)}); }, worker);
  return runs;
}

Result<WaitingBefore> JobQueries::waiting_before(JobId id) {
  const auto before = waiting_before_.first(
      [](Row row) { return WaitingBefore{.higher_priority = row.integer(0), .same_key = row.integer(1)}; }, id, waiting_count_max);
  if (before) return *before;
  if (!job_exists_.any(id)) return fail(ErrorCode::not_found, "Job not found");
  return WaitingBefore{};
}

std::vector<WorkerLoad> JobQueries::worker_loads() {
  std::vector<WorkerLoad> loads;
  worker_loads_.for_each([&](Row row) {
    const auto worker = row.as<WorkerId>(0);
    if (loads.empty() || loads.back().worker != worker) loads.push_back({.worker = worker, .held = {}});
    WorkerLoad& load = loads.back();
    load.runs += row.integer(2);
    if (row.is_null(1)) return;
    const Requirements needs = requirements_from_text(row.bytes(1));
    if (needs.warm) load.warm_runs += row.integer(2);
    add(load.held, needs.resources, row.integer(2));
  });
  return loads;
}

std::vector<Attempt> JobQueries::attempts(JobId id) {
  std::vector<Attempt> attempts;
  attempts_.for_each([&](Row row) { attempts.push_back(read_attempt(row)); }, id);
  return attempts;
}

std::vector<Artifact> JobQueries::artifacts(JobId id) {
  std::vector<Artifact> artifacts;
  artifacts_.for_each([&](Row row) { artifacts.push_back({.name = row.text(0), .bytes = row.integer(1), .hash = row.hash(2)}); }, id);
  return artifacts;
}

LogPage JobQueries::log(JobId id, std::int64_t from, int limit) {
  LogPage page{.total = log_line_count_.number(id), .lines = {}};
  const std::int64_t end = from + limit;
  log_chunks_.for_each(
      [&](Row row) {
        for (LogLine& line : lines_of(row.bytes(1), row.integer(0)))
          if (line.n >= from && line.n < end) page.lines.push_back(std::move(line));
      },
      id, from, end);
  return page;
}

DeadLetterPage JobQueries::dead_letters(Page page) {
  DeadLetterPage answer{.total = dead_letter_count_.number(), .items = {}};
  dead_letter_page_.for_each(
      [&](Row row) {
        answer.items.push_back({.job = row.as<JobId>(0),
                                .plugin_name = row.text(1),
                                .reason = row.text(2),
                                .attempts = row.as<int>(3),
                                .died_at = row.time(4)});
      },
      page.limit, page.skip);
  return answer;
}

std::optional<std::chrono::milliseconds> JobQueries::oldest_wait(Timestamp now) {
  std::optional<Timestamp> due;
  oldest_due_.for_each([&](Row row) { due = row.maybe_time(0); }, now);
  if (!due) return {};
  return std::max(now - *due, std::chrono::milliseconds{0});
}

}  // namespace orc::sqlite
