#include "adapters/postgres/job_queries.h"

#include <algorithm>
#include <map>

#include "adapters/postgres/payload_columns.h"
#include "adapters/postgres/status_label.h"
#include "adapters/postgres/stored_job.h"
#include "adapters/sql_text/column_text.h"
#include "adapters/sql_text/log_chunk.h"
#include "adapters/sql_text/measure_column.h"
#include "adapters/sql_text/placement_text.h"

namespace orc::postgres {
namespace {

Job read_job(Row row) {
  Job job{.id = row.as<JobId>(0),
          .plugin = row.as<PluginId>(1),
          .version_id = row.as<PluginVersionId>(2),
          .plugin_name = row.text(3),
          .plugin_version = row.text(4),
          .status = status_of_label(row.bytes(5)),
          .input = read_payload(row, 6).value_or(Payload{.text = "{}", .blob = {}}),
          .result = read_payload(row, 9),
          .error_message = row.maybe_text(12),
          .owner = {},
          .created_at = row.time(15),
          .started_at = row.maybe_time(16),
          .completed_at = row.maybe_time(17),
          .priority = row.as<int>(18),
          .share_key = row.text(19),
          .run_at = row.maybe_time(20),
          .timeout = {},
          .attempts = row.as<int>(22),
          .attempts_max = row.as<int>(23),
          .labels = labels_from_text(row.bytes(24)),
          .progress = read_progress(row, 25),
          .callback_url = row.maybe_text(27)};
  if (row.boolean(14)) job.owner = row.as<UserId>(13);
  if (!row.is_null(21)) job.timeout = std::chrono::seconds{row.integer(21)};
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

std::map<JobId, Job> read_jobs(Reading& reading, const std::vector<JobId>& ids) {
  std::map<JobId, Job> jobs;
  if (ids.empty()) return jobs;
  for (const Row row : reading.ask("jobs_by_ids", ids)) jobs.emplace(row.as<JobId>(0), read_job(row));
  return jobs;
}

}  // namespace

Result<Job> job_by_id(Reading& reading, JobId id) {
  auto jobs = read_jobs(reading, {id});
  if (jobs.empty()) return fail(ErrorCode::not_found, "Job not found");
  return std::move(jobs.begin()->second);
}

std::vector<Job> jobs_by_ids(Reading& reading, const std::vector<JobId>& ids) {
  auto found = read_jobs(reading, ids);
  std::vector<Job> jobs;
  for (const JobId id : ids)
    if (const auto job = found.find(id); job != found.end()) jobs.push_back(std::move(job->second));
  return jobs;
}

std::vector<std::optional<EarlierSubmission>> earlier_submissions(Reading& reading, std::optional<UserId> owner,
                                                                  const std::vector<std::string>& keys, Timestamp now) {
  return reading.at_one_moment([&](Reading& moment) {
    std::vector<std::optional<EarlierSubmission>> answers(keys.size());
    std::vector<JobId> ids;
    std::map<std::size_t, std::pair<JobId, ContentHash>> found;
    for (const Row row : moment.ask("keyed_jobs", owner.value_or(UserId{}), keys, now - idempotency_lifetime)) {
      found.emplace(static_cast<std::size_t>(row.integer(0) - 1), std::pair(row.as<JobId>(1), row.hash(2)));
      ids.push_back(row.as<JobId>(1));
    }
    const auto jobs = read_jobs(moment, ids);
    for (const auto& [place, named] : found)
      if (const auto job = jobs.find(named.first); job != jobs.end())
        answers[place] = EarlierSubmission{.job = job->second, .request = named.second};
    return answers;
  });
}

JobCounts job_counts(Reading& reading, std::optional<UserId> owner) {
  JobCounts counts{};
  if (owner && reading.ask("user_is_live", *owner).empty()) return counts;
  for (const Row row : owner ? reading.ask("counts_of_owner", *owner) : reading.ask("counts_of_all"))
    counts.at(static_cast<std::size_t>(row.integer(0))) = row.integer(1);
  return counts;
}

std::vector<RunName> runs_of(Reading& reading, WorkerId worker) {
  std::vector<RunName> runs;
  for (const Row row : reading.ask("runs_of_worker", worker)) runs.push_back({.job = row.as<JobId>(0), .fence = row.as<Fence>(1)});
  return runs;
}

Result<WaitingBefore> waiting_before(Reading& reading, JobId id) {
  const Rows rows = reading.ask("waiting_before", id, waiting_count_max);
  if (rows.empty()) return fail(ErrorCode::not_found, "Job not found");
  return WaitingBefore{.higher_priority = rows[0].integer(0), .same_key = rows[0].integer(1)};
}

std::vector<WorkerLoad> worker_loads(Reading& reading) {
  std::vector<WorkerLoad> loads;
  for (const Row row : reading.ask("worker_loads")) {
    const auto worker = row.as<WorkerId>(0);
    if (loads.empty() || loads.back().worker != worker) loads.push_back({.worker = worker, .held = {}});
    WorkerLoad& load = loads.back();
    load.runs += row.integer(2);
    if (row.is_null(1)) continue;
    const Requirements needs = requirements_from_text(row.bytes(1));
    if (needs.warm) load.warm_runs += row.integer(2);
    add(load.held, needs.resources, row.integer(2));
  }
  return loads;
}

std::vector<Attempt> attempts_of(Reading& reading, JobId id) {
  std::vector<Attempt> attempts;
  for (const Row row : reading.ask("attempts_of_job", id)) attempts.push_back(read_attempt(row));
  return attempts;
}

std::vector<Artifact> artifacts_of(Reading& reading, JobId id) {
  std::vector<Artifact> artifacts;
  for (const Row row : reading.ask("artifacts_of_job", id))
    artifacts.push_back({.name = row.text(0), .bytes = row.integer(1), .hash = row.hash(2)});
  return artifacts;
}

LogPage log_of(Reading& reading, JobId id, std::int64_t from, int limit) {
  const std::int64_t end = from + limit;
  return reading.at_one_moment([&](Reading& moment) {
    LogPage page{.total = moment.ask("log_line_count", id)[0].integer(0), .lines = {}};
    for (const Row row : moment.ask("log_chunks", id, from, end))
      for (LogLine& line : lines_of(row.bytes(1), row.integer(0)))
        if (line.n >= from && line.n < end) page.lines.push_back(std::move(line));
    return page;
  });
}

DeadLetterPage dead_letters(Reading& reading, Page page) {
  return reading.at_one_moment([&](Reading& moment) {
    DeadLetterPage answer{.total = moment.ask("dead_letter_count")[0].integer(0), .items = {}};
    for (const Row row : moment.ask("dead_letter_page", page.limit, page.skip))
      answer.items.push_back(
          {.job = row.as<JobId>(0), .plugin_name = row.text(1), .reason = row.text(2), .attempts = row.as<int>(3), .died_at = row.time(4)});
    return answer;
  });
}

std::optional<std::chrono::milliseconds> oldest_wait(Reading& reading, Timestamp now) {
  const auto due = reading.ask("oldest_due", now)[0].maybe_time(0);
  if (!due) return {};
  return std::max(now - *due, std::chrono::milliseconds{0});
}

}  // namespace orc::postgres
