#include "tests/fakes/memory_job_store.h"

#include <algorithm>
#include <tuple>

#include "domain/assert.h"
#include "domain/job/job_course.h"
#include "domain/job/wait_skew.h"

namespace orc {
namespace {

PlacementClassId class_of(const MemoryJob& row) { return PlacementClassId{std::to_underlying(row.job.version_id)}; }

}  // namespace

boost::asio::awaitable<SubmitOutcome> MemoryJobStore::submit(std::vector<NewJob> jobs) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return std::unexpected(SubmitRefusal{.error = std::move(begun).error()});
  ORC_ASSERT(!jobs.empty() && jobs.size() <= job_batch_max);
  using enum SubmitRefusal::Kind;
  std::map<std::pair<std::optional<UserId>, std::string>, ContentHash> keys_of_batch;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const NewJob& job = jobs[i];
    if (job.batch) {
      const MemoryIdempotencyKey* known = state_.find_key(job.owner, job.batch->key);
      if (known && known->request != job.batch->request)
        co_return std::unexpected(SubmitRefusal{.error = orc::key_reused(job.batch->key), .kind = batch_key_reused, .index = i});
    }
    if (job.idempotency) {
      const auto& [key, request] = *job.idempotency;
      const MemoryIdempotencyKey* known = state_.find_key(job.owner, key);
      const auto [first, is_first] = keys_of_batch.emplace(std::pair(job.owner, key), known ? known->request : request);
      if (first->second != request) co_return std::unexpected(SubmitRefusal{.error = orc::key_reused(key), .kind = key_reused, .index = i});
      if (known || !is_first) continue;
    }
    if (auto good = check(job, i); !good) co_return std::unexpected(std::move(good).error());
  }
  std::vector<SubmittedJob> answers;
  for (NewJob& job : jobs) answers.push_back(insert(std::move(job)));
  state_.faults.reads_fail |= state_.faults.reads_fail_after_submission;
  co_return answers;
}

std::expected<void, SubmitRefusal> MemoryJobStore::check(const NewJob& job, std::size_t index) const {
  const auto gone = [index](SubmitRefusal::Kind kind, std::string sentence) {
    return std::unexpected(SubmitRefusal{.error = {ErrorCode::not_found, std::move(sentence)}, .kind = kind, .index = index});
  };
  using enum SubmitRefusal::Kind;
  if (job.owner && !state_.users.contains(*job.owner)) return gone(owner_gone, "User not found");
  if (!state_.plugins.contains(job.plugin) || !state_.versions.contains(job.version)) return gone(plugin_gone, "Plugin not found");
  for (const ContentHash& hash : job.blobs)
    if (!state_.uploads.contains(hash)) return gone(upload_gone, "blob sha256:" + to_hex(hash) + " is gone");
  return {};
}

SubmittedJob MemoryJobStore::insert(NewJob job) {
  const Timestamp now = state_.clock.now();
  if (job.idempotency) {
    const auto& [key, request] = *job.idempotency;
    if (const MemoryIdempotencyKey* known = state_.find_key(job.owner, key))
      return {.id = known->job, .created_at = state_.jobs.at(known->job).job.created_at, .is_repeat = true};
    state_.idempotency_keys[{job.owner, key}] = {.request = request, .job = JobId{state_.last_id + 1}, .created_at = now};
  }
  const auto id = state_.next_id<JobId>();
  if (job.batch && !state_.find_key(job.owner, job.batch->key))
    state_.idempotency_keys[{job.owner, job.batch->key}] = {.request = job.batch->request, .job = id, .created_at = now};
  MemoryJob& row = state_.jobs[id];
  row.due = std::max(now, job.run_at.value_or(now));
  row.is_delayed = row.due > now;
  row.blobs = std::move(job.blobs);
  row.queue_time = job.queue_time;
  row.job = Job{.id = id,
                .plugin = job.plugin,
                .version_id = job.version,
                .plugin_name = std::move(job.plugin_name),
                .plugin_version = state_.versions.at(job.version).version,
                .input = std::move(job.input),
                .owner = job.owner,
                .created_at = now,
                .priority = job.priority,
                .share_key = std::move(job.share_key),
                .run_at = job.run_at,
                .timeout = job.timeout,
                .attempts_max = job.attempts_max,
                .labels = std::move(job.labels),
                .callback_url = std::move(job.callback_url)};
  return {.id = id, .created_at = now};
}

Async<Claim> MemoryJobStore::claim(WorkerId worker, int count) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  ORC_ASSERT(count >= 1 && count <= 1000);
  const auto known = state_.workers.find(worker);
  if (known == state_.workers.end())
    co_return fail(ErrorCode::not_found, "there is no worker " + std::to_string(std::to_underlying(worker)));
  const ClaimRoom::Classes needs = all_needs();
  ClaimRoom room = room_of(known->second, needs);
  Claim claim;
  const bool is_open = known->second.intake == WorkerIntake::open;
  if (!is_open) count = 0;
  for (auto& [id, row] : state_.jobs) {
    restart_wait(row);
    if (row.due <= state_.clock.now()) row.is_delayed = false;
  }
  for (std::optional<Rank> kept; static_cast<int>(claim.jobs.size()) < count;) {
    if (!kept) kept = keep_room(room);
    MemoryJob* job = next_to_run(room, kept);
    if (!job) break;
    room.take(class_of(*job));
    claim.jobs.push_back(start(*job, known->second));
  }
  for (const auto& [id, row] : state_.jobs) {
    if (row.job.status == JobStatus::queued && row.is_delayed) claim.next_due = std::min(claim.next_due.value_or(row.due), row.due);
    if (is_open && std::ssize(claim.jobs) < count && may_run_now(row) && room.fit(class_of(row)) == Fit::later) claim.waits_for_room = true;
  }
  co_return claim;
}

// If the clock was set back.
void MemoryJobStore::restart_wait(MemoryJob& row) const {
  const Timestamp now = state_.clock.now();
  if (!row.is_delayed || !row.waits_since || *row.waits_since <= now + wait_skew_max) return;
  row.due = now + (row.due - *row.waits_since);
  row.waits_since = now;
  row.job.run_at = row.due;
}

MemoryJobStore::Rank MemoryJobStore::rank_of(const MemoryJob& row) const {
  const auto turn = state_.last_turn.find(row.job.share_key);
  return {.priority = -row.job.priority, .turn = turn == state_.last_turn.end() ? 0 : turn->second, .id = row.job.id};
}

bool MemoryJobStore::may_run_now(const MemoryJob& row) const {
  return row.job.status == JobStatus::queued && !row.is_delayed && !state_.is_orphan(row);
}

ClaimRoom::Classes MemoryJobStore::all_needs() const {
  ClaimRoom::Classes needs;
  for (const auto& [id, version] : state_.versions) needs.emplace(PlacementClassId{std::to_underlying(id)}, requirements_of(version.spec));
  return needs;
}

ClaimRoom MemoryJobStore::room_of(const Worker& worker, const ClaimRoom::Classes& classes) const {
  ClaimRoom room(Room(worker.isolation, worker.equipment), worker.slots, classes);
  for (const auto& [id, row] : state_.jobs)
    if (row.job.status == JobStatus::processing && row.worker == worker.id) room.take(class_of(row));
  return room;
}

std::optional<MemoryJobStore::Rank> MemoryJobStore::keep_room(ClaimRoom& room) const {
  const MemoryJob* first = nullptr;
  for (const auto& [id, row] : state_.jobs) {
    const bool waits_too_long = may_run_now(row) && state_.clock.now() - row.due >= placement_patience && room.lacks_room(class_of(row));
    if (waits_too_long && (!first || rank_of(row) < rank_of(*first))) first = &row;
  }
  if (!first) return {};
  room.keep_for(class_of(*first));
  return rank_of(*first);
}

// The one place that decides who is next.
MemoryJob* MemoryJobStore::next_to_run(const ClaimRoom& room, const std::optional<Rank>& kept) {
  MemoryJob* best = nullptr;
  for (auto& [id, row] : state_.jobs) {
    if (!may_run_now(row)) continue;
    const Standing standing = !kept || rank_of(row) < *kept ? Standing::before : Standing::behind;
    if (!room.may_take(class_of(row), standing)) continue;
    if (!best || rank_of(row) < rank_of(*best)) best = &row;
  }
  return best;
}

ClaimedJob MemoryJobStore::start(MemoryJob& row, const Worker& worker) {
  Job& job = row.job;
  const auto next = next_status(job.status, JobTrigger::claimed);
  ORC_ASSERT(next.has_value());
  job.status = *next;
  row.fence = Fence{std::to_underlying(row.fence) + 1};
  row.worker = worker.id;
  job.started_at = state_.clock.now();
  ++job.attempts;
  state_.last_turn[job.share_key] = ++state_.turns;
  row.attempts.push_back(Attempt{.number = static_cast<int>(row.attempts.size()) + 1,
                                 .worker = worker.id,
                                 .worker_name = worker.name,
                                 .isolation = worker.isolation,
                                 .plugin_version = job.plugin_version,
                                 .started_at = *job.started_at});
  return {.id = job.id,
          .fence = row.fence,
          .attempt = job.attempts,
          .owner = job.owner,
          .version = job.version_id,
          .plugin_name = job.plugin_name,
          .input = job.input,
          .timeout = job.timeout,
          .attempts_max = job.attempts_max,
          .due_at = row.due};
}

Async<void> MemoryJobStore::report(WorkerId worker, RunName run, RunReport report) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  auto found = state_.find_job(run.job);
  if (!found) co_return pass_on(found);
  MemoryJob& row = **found;
  JobCourse course = MemoryState::course_of(row);
  auto change = report_run(course, worker, run, report);
  if (!change) co_return pass_on(change);
  keep_log(row, std::move(report.log), change->lines_stored);
  state_.keep(row, std::move(course), *change);
  co_return Result<void>{};
}

Async<JobStatus> MemoryJobStore::finish(AttemptEnd end) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  if (state_.faults.files_are_refused && !end.artifacts.empty()) co_return fail(ErrorCode::internal, "these files cannot be stored");
  auto found = state_.find_job(end.id);
  if (!found) co_return pass_on(found);
  MemoryJob& row = **found;
  JobCourse course = MemoryState::course_of(row);
  auto change = finish_run(course, end, state_.clock.now());
  if (!change) {
    if (const auto lines_stored = end_cancelled_run(course, end)) tell_rest(row, std::move(end), *lines_stored, course.reported);
    co_return pass_on(change);
  }
  keep_log(row, std::move(end.log), change->lines_stored);
  if (change->takes_artifacts) {
    row.artifacts = std::move(end.artifacts);
    std::ranges::sort(row.artifacts, {}, &Artifact::name);
  }
  if (end.result) row.job.result = std::move(end.result);
  state_.keep(row, std::move(course), *change);
  co_return row.job.status;
}

void MemoryJobStore::tell_rest(MemoryJob& row, AttemptEnd end, std::int64_t lines_stored, ReportedLog reported) {
  keep_log(row, std::move(end.log), lines_stored);
  row.reported = reported;
  if (row.attempts.empty() || row.attempts.back().outcome != AttemptOutcome::cancelled) return;
  Attempt& attempt = row.attempts.back();
  attempt.usage = end.usage;
  attempt.image = std::move(end.image);
  attempt.ended_at = std::max(attempt.ended_at, std::optional(state_.clock.now()));
}

void MemoryJobStore::keep_log(MemoryJob& row, std::vector<LogLine> log, std::int64_t lines_stored) {
  const auto news = lines_behind(log, lines_stored);
  log.erase(log.begin(), log.end() - std::ssize(news));
  if (log.empty()) return;
  for (LogLine& line : log) line.n = ++row.lines;
  row.log.push_back({.stored_at = state_.clock.now(), .lines = std::move(log)});
}

Async<JobStatus> MemoryJobStore::cancel(JobId id) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  auto found = state_.find_job(id);
  if (!found) co_return pass_on(found);
  co_return state_.cancel(**found);
}

Async<void> MemoryJobStore::retry(JobId id) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  auto found = state_.find_job(id);
  if (!found) co_return pass_on(found);
  JobCourse course = MemoryState::course_of(**found);
  auto change = retry_job(course, state_.clock.now());
  if (!change) co_return pass_on(change);
  state_.keep(**found, std::move(course), *change);
  co_return Result<void>{};
}

Async<void> MemoryJobStore::erase(JobId id) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  if (auto found = state_.find_job(id); !found) co_return pass_on(found);
  state_.erase_job(id);
  co_return Result<void>{};
}

Async<Rescue> MemoryJobStore::rescue(WorkerId dead, WorkerEnd end) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  Rescue rescue;
  if (state_.faults.rescue_fails_of == dead) co_return fail(ErrorCode::unavailable, "the jobs of this worker cannot be written");
  for (auto& [id, row] : state_.jobs) {
    if (row.job.status != JobStatus::processing || row.worker != dead) continue;
    if (std::ssize(rescue.requeued) + std::ssize(rescue.failed) == rescue_batch_max) break;
    JobCourse course = MemoryState::course_of(row);
    const CourseChange change = take_from_worker(course, end, rescue.requeued.size(), state_.clock.now());
    state_.keep(row, std::move(course), change);
    (is_terminal(row.job.status) ? rescue.failed : rescue.requeued).push_back(id);
  }
  co_return rescue;
}

Async<std::vector<JobId>> MemoryJobStore::end_overdue(int count) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  ORC_ASSERT(count >= 1 && count <= 1000);
  const Timestamp now = state_.clock.now();
  std::vector<std::pair<Timestamp, MemoryJob*>> overdue;
  for (auto& [id, row] : state_.jobs)
    if (row.queue_time && is_overdue(MemoryState::course_of(row), *row.queue_time, now))
      overdue.emplace_back(row.due + *row.queue_time, &row);
  std::ranges::sort(overdue, {}, [](const auto& one) { return std::pair(one.first, one.second->job.id); });
  if (std::ssize(overdue) > count) overdue.resize(static_cast<std::size_t>(count));
  std::vector<JobId> ended;
  for (const auto& [deadline, row] : overdue) {
    JobCourse course = MemoryState::course_of(*row);
    const CourseChange change = end_overdue_job(course, *row->queue_time, now);
    state_.keep(*row, std::move(course), change);
    ended.push_back(row->job.id);
  }
  co_return ended;
}

Async<EndedOrphans> MemoryJobStore::end_orphans(int count) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  ORC_ASSERT(count >= 1 && count <= 1000);
  EndedOrphans ended;
  for (auto& [id, row] : state_.jobs) {
    if (std::ssize(ended.jobs) == count) break;
    if (!state_.is_orphan(row)) continue;
    if (row.job.status == JobStatus::processing) ++ended.attempts_cancelled;
    JobCourse course = MemoryState::course_of(row);
    const Timestamp now = state_.clock.now();
    const auto change = row.owner_was_removed ? cancel_job(course, now) : withdraw_job(course, row.job.plugin_name, now);
    ORC_ASSERT(change.has_value());
    state_.keep(row, std::move(course), *change);
    ended.jobs.push_back(id);
  }
  co_return ended;
}

}  // namespace orc
