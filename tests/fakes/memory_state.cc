#include "tests/fakes/memory_state.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace orc {
Async<void> MemoryState::change_begins() const {
  if (when_change_begins) when_change_begins();
  co_await boost::asio::post(boost::asio::use_awaitable);
  if (faults.changes_fail) co_return fail(ErrorCode::unavailable, "the store cannot be written: a test says so");
  co_return Result<void>{};
}

Async<void> MemoryState::read_begins() const {
  co_await boost::asio::post(boost::asio::use_awaitable);
  if (faults.reads_fail) co_return fail(ErrorCode::unavailable, "the store cannot be read: a test says so");
  co_return Result<void>{};
}

Result<MemoryJob*> MemoryState::find_job(JobId id) {
  const auto found = jobs.find(id);
  if (found == jobs.end()) return fail(ErrorCode::not_found, "there is no job " + std::to_string(std::to_underlying(id)));
  return &found->second;
}

JobCourse MemoryState::course_of(const MemoryJob& job) {
  const bool is_running = job.job.status == JobStatus::processing;
  const QueuePlace waiting = job.is_delayed ? QueuePlace::delayed : QueuePlace::ready;
  return {.id = job.job.id,
          .status = job.job.status,
          .queue = job.job.status == JobStatus::queued ? waiting : QueuePlace::none,
          .fence = job.fence,
          .runs = static_cast<int>(job.attempts.size()),
          .attempts = job.job.attempts,
          .losses = job.losses,
          .due_at = job.due,
          .run_at = job.job.run_at,
          .waits_since = {},
          .worker = is_running ? std::optional(job.worker) : std::nullopt,
          .started_at = job.job.started_at,
          .completed_at = job.job.completed_at,
          .error_message = job.job.error_message,
          .reported = job.reported,
          .progress = job.job.progress};
}

void MemoryState::keep(MemoryJob& job, JobCourse course, const CourseChange& change) {
  job.job.status = course.status;
  job.is_delayed = course.queue == QueuePlace::delayed;
  job.fence = course.fence;
  job.job.attempts = course.attempts;
  job.losses = course.losses;
  job.due = course.due_at;
  job.job.run_at = course.run_at;
  job.waits_since = course.waits_since;
  job.job.started_at = course.started_at;
  job.job.completed_at = course.completed_at;
  job.job.error_message = std::move(course.error_message);
  job.reported = course.reported;
  job.job.progress = std::move(course.progress);
  if (change.attempt) {
    Attempt& attempt = job.attempts.back();
    attempt.ended_at = change.attempt->ended_at;
    attempt.outcome = change.attempt->outcome;
    attempt.message = change.attempt->message;
    attempt.isolation = change.attempt->isolation.value_or(attempt.isolation);
    attempt.exit_code = change.attempt->exit_code;
    attempt.usage = change.attempt->usage;
    attempt.image = change.attempt->image;
  }
  if (change.forgets_end) {
    job.dead_letter.reset();
    job.artifacts.clear();
    job.job.result.reset();
  }
  if (change.dead_letter)
    job.dead_letter = DeadLetter{.job = job.job.id,
                                 .plugin_name = job.job.plugin_name,
                                 .reason = *change.dead_letter,
                                 .attempts = job.job.attempts,
                                 .died_at = clock.now()};
  if (!is_terminal(job.job.status)) return;
  job.owner_was_removed = false;
  tell_end(job);
}

Result<JobStatus> MemoryState::cancel(MemoryJob& job) {
  JobCourse course = course_of(job);
  auto change = cancel_job(course, clock.now());
  if (!change) return pass_on(change);
  keep(job, std::move(course), *change);
  return change->before;
}

void MemoryState::tell_end(MemoryJob& job) {
  if (!job.job.callback_url) return;
  job.callbacks.push_back({.id = next_id<CallbackId>(),
                           .job = job.job.id,
                           .url = *job.job.callback_url,
                           .status = job.job.status,
                           .ended_at = clock.now(),
                           .tried_at = {},
                           .next_try_at = clock.now(),
                           .answer_status = {},
                           .reason = {}});
  job.callback_errors.push_back(job.job.error_message);
}

bool MemoryState::is_orphan(const MemoryJob& job) const {
  return job.owner_was_removed || (job.job.status == JobStatus::queued && !plugins.contains(job.job.plugin));
}

const MemoryIdempotencyKey* MemoryState::find_key(const std::optional<UserId>& owner, const std::string& key) const {
  const auto known = idempotency_keys.find({owner, key});
  const bool lives = known != idempotency_keys.end() && clock.now() - known->second.created_at < idempotency_lifetime;
  return lives ? &known->second : nullptr;
}

void MemoryState::erase_job(JobId id) {
  jobs.erase(id);
  std::erase_if(idempotency_keys, [&](const auto& key) { return key.second.job == id; });
}

}  // namespace orc
