#include "tests/fakes/memory_state.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace orc {
namespace {

std::string_view verb_of(JobTrigger trigger) {
  if (trigger == JobTrigger::cancel_asked) return "be cancelled";
  if (trigger == JobTrigger::retry_asked) return "be retried";
  return "end";
}

}  // namespace

Async<void> MemoryState::change_begins() const {
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

Result<void> MemoryState::move(MemoryJob& job, JobTrigger trigger) {
  const auto to = next_status(job.job.status, trigger);
  if (!to) {
    const std::string name = "job " + std::to_string(std::to_underlying(job.job.id));
    return fail(ErrorCode::conflict, name + " is " + std::string(to_word(job.job.status)) + " and cannot " + std::string(verb_of(trigger)));
  }
  job.job.status = *to;
  job.job.completed_at = is_terminal(*to) ? std::optional(clock.now()) : std::nullopt;
  if (is_terminal(*to)) job.owner_was_removed = false;
  return {};
}

void MemoryState::make_due(MemoryJob& job, Timestamp due) const {
  job.due = due;
  job.waits_since.reset();
  job.is_delayed = due > clock.now();
}

void MemoryState::end_attempt(MemoryJob& job, AttemptOutcome outcome, std::string message) {
  Attempt& attempt = job.attempts.back();
  attempt.ended_at = clock.now();
  attempt.outcome = outcome;
  attempt.message = std::move(message);
  job.reported = {};
  job.job.progress.reset();
}

void MemoryState::make_dead_letter(MemoryJob& job, std::string reason) {
  job.dead_letter = DeadLetter{.job = job.job.id,
                               .plugin_name = job.job.plugin_name,
                               .reason = std::move(reason),
                               .attempts = job.job.attempts,
                               .died_at = clock.now()};
}

Result<void> MemoryState::cancel(MemoryJob& job) {
  const bool was_running = job.job.status == JobStatus::processing;
  if (auto moved = move(job, JobTrigger::cancel_asked); !moved) return moved;
  if (was_running) end_attempt(job, AttemptOutcome::cancelled, "cancelled");
  tell_end(job);
  return {};
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
