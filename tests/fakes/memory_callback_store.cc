#include "tests/fakes/memory_callback_store.h"

#include <algorithm>

#include "domain/assert.h"
#include "domain/callback/callback_url.h"

namespace orc {

Async<std::vector<DueCallback>> MemoryCallbackStore::claim(std::string origin, int count) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  ORC_ASSERT(count >= 1 && count <= 1000);
  const Timestamp now = state_.clock.now();
  struct Found {
    const MemoryJob* row;
    std::size_t place;
    CallbackDelivery* delivery;
  };
  std::vector<Found> due;
  for (auto& [id, row] : state_.jobs)
    for (std::size_t i = 0; i < row.callbacks.size(); ++i) {
      CallbackDelivery& one = row.callbacks[i];
      const bool is_due = one.state == CallbackState::waiting && *one.next_try_at <= now && parse_callback_url(one.url)->origin == origin;
      if (is_due) due.push_back({.row = &row, .place = i, .delivery = &one});
    }
  std::ranges::sort(due, {}, [](const Found& one) { return std::pair(*one.delivery->next_try_at, one.delivery->id); });
  if (std::ssize(due) > count) due.resize(static_cast<std::size_t>(count));
  std::vector<DueCallback> claimed;
  for (const auto& [row, place, delivery] : due) {
    ++delivery->tries;
    delivery->tried_at = now;
    delivery->next_try_at = now + callback_lease;
    claimed.push_back({.id = delivery->id,
                       .number = delivery->tries,
                       .job = row->job.id,
                       .owner = row->job.owner.value_or(UserId{}),
                       .url = delivery->url,
                       .plugin_name = row->job.plugin_name,
                       .plugin_version = row->job.plugin_version,
                       .status = delivery->status,
                       .error_message = row->callback_errors[place],
                       .labels = row->job.labels,
                       .created_at = row->job.created_at,
                       .ended_at = delivery->ended_at});
  }
  co_return claimed;
}

Async<void> MemoryCallbackStore::record(CallbackTry tried) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  for (auto& [id, row] : state_.jobs)
    for (CallbackDelivery& one : row.callbacks) {
      if (one.id != tried.id || one.tries != tried.number || one.state != CallbackState::waiting) continue;
      one.state = tried.state;
      one.next_try_at.reset();
      if (tried.state == CallbackState::waiting) one.next_try_at = state_.clock.now() + tried.wait.value_or(std::chrono::milliseconds{0});
      one.answer_status = tried.answer.status;
      one.reason = tried.answer.reason;
    }
  co_return Result<void>{};
}

Async<std::int64_t> MemoryCallbackStore::waiting() {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::int64_t count = 0;
  for (const auto& [id, row] : state_.jobs) count += std::ranges::count(row.callbacks, CallbackState::waiting, &CallbackDelivery::state);
  co_return count;
}

Async<std::vector<CallbackDelivery>> MemoryCallbackStore::deliveries(JobId job) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  const auto found = state_.find_job(job);
  co_return found ? (*found)->callbacks : std::vector<CallbackDelivery>{};
}

}  // namespace orc
