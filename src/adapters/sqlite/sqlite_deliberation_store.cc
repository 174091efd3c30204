#include "adapters/sqlite/sqlite_deliberation_store.h"

#include "adapters/deliberation_json/deliberation_text.h"
#include "domain/assert.h"

namespace orc::sqlite {

Async<Timestamp> SqliteDeliberationStore::add(NewDeliberation deliberation) {
  DeliberationInsert insert{.id = std::move(deliberation.id),
                            .owner = deliberation.owner,
                            .preset = deliberation.plan->preset,
                            .request = stored_request(deliberation.request),
                            .plan = plan_text(deliberation.plan),
                            .task_id = deliberation.request->task_id,
                            .role = deliberation.request->role,
                            .token_budget = deliberation.plan->budget.tokens};
  return writer_.run([this, insert = std::move(insert)](Timestamp now) { return writes_.add(insert, now); }, 3);
}

Async<void> SqliteDeliberationStore::record(std::string id, FinishedCall call) {
  return writer_.run([this, id = std::move(id), call = std::move(call)](Timestamp now) { return writes_.record(id, call, now); }, 3);
}

Async<void> SqliteDeliberationStore::record_after_cancel(std::string id, FinishedCall call) {
  return writer_.run(
      [this, id = std::move(id), call = std::move(call)](Timestamp now) { return writes_.record_after_cancel(id, call, now); }, 3);
}

Async<void> SqliteDeliberationStore::end(std::string id, DeliberationEnd end) {
  ORC_ASSERT(end.status != DeliberationStatus::running);
  // It may be large, and so is written elsewhere than here.
  return writer_.run(
      [this, id = std::move(id), end = std::move(end)](Timestamp now) { return writes_.end(id, end.status, stored_end(end), now); }, 5);
}

Async<void> SqliteDeliberationStore::tell(std::string id, std::vector<DeliberationEvent> events) {
  const std::size_t rows = events.size();
  return writer_.run([this, id = std::move(id), events = std::move(events)](Timestamp now) { return writes_.tell(id, events, now); }, rows);
}

Async<void> SqliteDeliberationStore::tell_again(std::string id, std::vector<DeliberationEvent> events) {
  const std::size_t rows = events.size();
  return writer_.run([this, id = std::move(id), events = std::move(events)](Timestamp now) { return writes_.tell_again(id, events, now); },
                     rows);
}

Async<DeliberationMark> SqliteDeliberationStore::mark(std::string id) {
  return readers_.elsewhere([id = std::move(id)](ReadSession& session) { return session.deliberations.mark(id); });
}

Async<Deliberation> SqliteDeliberationStore::get(std::string id) {
  // It may be large.
  return readers_.elsewhere([id = std::move(id)](ReadSession& session) { return session.deliberations.get(id); });
}

Async<std::vector<FinishedCall>> SqliteDeliberationStore::calls(std::string id) {
  return readers_.elsewhere(
      [id = std::move(id)](ReadSession& session) -> Result<std::vector<FinishedCall>> { return session.deliberations.calls(id); });
}

Async<std::vector<RunningJob>> SqliteDeliberationStore::running_jobs(std::string after, int count) {
  return readers_.elsewhere([after = std::move(after), count](ReadSession& session) -> Result<std::vector<RunningJob>> {
    return session.deliberations.running_jobs(after, count);
  });
}

Async<std::vector<std::string>> SqliteDeliberationStore::ids_running(std::string after, int count) {
  return readers_.elsewhere([after = std::move(after), count](ReadSession& session) -> Result<std::vector<std::string>> {
    return session.deliberations.ids_running(after, count);
  });
}

Async<std::vector<std::string>> SqliteDeliberationStore::orphans(int count) {
  return readers_.elsewhere(
      [count](ReadSession& session) -> Result<std::vector<std::string>> { return session.deliberations.orphans(count); });
}

Async<std::int64_t> SqliteDeliberationStore::page_bytes(DeliberationFilter filter) {
  return readers_.elsewhere([filter](ReadSession& session) -> Result<std::int64_t> { return session.deliberations.page_bytes(filter); });
}

Async<DeliberationPage> SqliteDeliberationStore::list(DeliberationFilter filter) {
  ORC_ASSERT(filter.skip >= 0 && filter.limit >= 0 && filter.limit <= deliberation_page_max);
  return readers_.elsewhere([filter](ReadSession& session) { return session.deliberations.list(filter); });
}

Async<DeliberationCounts> SqliteDeliberationStore::counts() {
  return readers_.elsewhere([](ReadSession& session) -> Result<DeliberationCounts> { return session.deliberations.counts(); });
}

Async<DeliberationUsage> SqliteDeliberationStore::usage(std::optional<UserId> owner) {
  return readers_.elsewhere([owner](ReadSession& session) -> Result<DeliberationUsage> { return session.deliberations.usage(owner); });
}

Async<std::int64_t> SqliteDeliberationStore::tokens_since(UserId owner, Timestamp since) {
  return readers_.elsewhere(
      [owner, since](ReadSession& session) -> Result<std::int64_t> { return session.deliberations.tokens_since(owner, since); });
}

Async<int> SqliteDeliberationStore::prune(Timestamp cutoff, int count) {
  ORC_ASSERT(count >= 1 && count <= 10'000);
  return writer_.run([this, cutoff, count](Timestamp) -> Result<int> { return writes_.prune(cutoff, count); }, count);
}

// The file is its process's alone.
Async<bool> SqliteDeliberationStore::take_seat() { co_return true; }

}  // namespace orc::sqlite
