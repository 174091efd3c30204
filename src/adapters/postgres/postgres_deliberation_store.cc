#include "adapters/postgres/postgres_deliberation_store.h"

#include <algorithm>

#include "adapters/deliberation_json/deliberation_columns.h"
#include "domain/assert.h"

namespace orc::postgres {
namespace {

template <typename T>
Result<std::vector<T>> read_all(const Rows& rows, Result<T> (*read)(Row)) {
  std::vector<T> all;
  for (const Row row : rows) {
    auto one = read(row);
    if (!one) return pass_on(one);
    all.push_back(std::move(*one));
  }
  return all;
}

struct State {
  std::int64_t number;
  Timestamp created_at;
  UserId owner;  // nobodys_usage: nobody
};

// Nobody else changes it until the transaction ends. Errors: not_found; conflict, if it has another status.
Result<State> state_in(DeliberationStatus status, Transaction& transaction, const std::string& id) {
  const Rows found = transaction.ask("deliberation_state", id);
  if (found.empty()) return fail(ErrorCode::not_found, "Deliberation not found");
  if (found[0].as<DeliberationStatus>(1) != status)
    return fail(ErrorCode::conflict,
                status == DeliberationStatus::running ? "the deliberation has ended" : "the deliberation was not cancelled");
  return State{.number = found[0].integer(0), .created_at = found[0].time(2), .owner = found[0].as<UserId>(3)};
}

// `deliberation` is the number of its row, which the transaction holds.
void append(Transaction& transaction, std::int64_t deliberation, const DeliberationEvent& event, Timestamp now) {
  const CallName& call = event.call;
  transaction.send("append_event", deliberation, now, event.kind, call.stage, call.agent, call.sample, event.attempt, event.part,
                   event.text);
}

// Whether these are the last that it has. The transaction holds its row, so that one which had told them has ended.
bool ends_with(Transaction& transaction, const State& state, const std::string& id, const std::vector<DeliberationEvent>& events) {
  const std::int64_t last = transaction.ask("last_event_of_deliberation", state.number)[0].integer(0);
  std::int64_t bytes = 0;
  for (const DeliberationEvent& event : events) bytes += std::ssize(event.text);
  std::vector<DeliberationEvent> found;
  // No more of what is longer than these: it is not they.
  for (const Row row : transaction.ask("events_of_deliberation", id, last - std::ssize(events), std::ssize(events), bytes + 1))
    found.push_back(stored_event_of(row).event);
  return found == events;
}

// To one of this status. Errors: as state_in(); conflict, if it has a call of that name.
Result<void> append_call(DeliberationStatus status, Transaction& transaction, const std::string& id, const FinishedCall& call,
                         Timestamp now) {
  auto state = state_in(status, transaction, id);
  if (!state) return pass_on(state);
  const CallName& name = call.name;
  if (!transaction.ask("agent_result_is_recorded", state->number, name.stage, name.agent, name.sample).empty())
    return fail(ErrorCode::conflict, "the call is recorded already");
  transaction.send("record_agent_result", state->number, name.stage, name.agent, name.sample, call.outcome, call.text, call.answer,
                   call.score, call.finish, call.usage.in, call.usage.out, call.usage.cached, call.cost_micros, call.duration.count(),
                   call.attempts, call.reasoning);
  transaction.send("count_agent_result", state->number, call.usage.in, call.usage.out, call.usage.cached, call.cost_micros, call.attempts);
  append(transaction, state->number, {.kind = EventKind::answer, .call = name}, now);
  transaction.send("count_deliberation_usage", state->owner, 0, call.attempts, has_failed(call.outcome) ? 1 : 0, call.usage.in,
                   call.usage.out, call.usage.cached, call.cost_micros, call.duration.count());
  return {};
}

}  // namespace

Async<Timestamp> PostgresDeliberationStore::add(NewDeliberation deliberation) {
  auto change = [id = std::move(deliberation.id), owner = deliberation.owner, preset = deliberation.plan->preset,
                 request = stored_request(deliberation.request), plan = plan_text(deliberation.plan),
                 task_id = deliberation.request->task_id, role = deliberation.request->role,
                 token_budget = deliberation.plan->budget.tokens](Transaction& transaction, Timestamp now) -> Result<Timestamp> {
    const Rows added =
        transaction.ask("add_deliberation", id, owner, preset, request.whole, plan, now, task_id, role, token_budget, request.listed);
    if (added.empty()) return fail(ErrorCode::conflict, "a deliberation has this id already");
    append(transaction, added[0].integer(0), {.kind = EventKind::begun}, now);
    transaction.send("count_deliberation", DeliberationStatus::running, 1, 0);
    transaction.send("count_deliberation_usage", owner.value_or(nobodys_usage), 1, 0, 0, 0, 0, 0, 0, 0);
    return now;
  };
  return writer_.run(std::move(change));
}

Async<void> PostgresDeliberationStore::record(std::string id, FinishedCall call) {
  return writer_.run([id = std::move(id), call = std::move(call)](Transaction& transaction, Timestamp now) {
    return append_call(DeliberationStatus::running, transaction, id, call, now);
  });
}

Async<void> PostgresDeliberationStore::record_after_cancel(std::string id, FinishedCall call) {
  return writer_.run([id = std::move(id), call = std::move(call)](Transaction& transaction, Timestamp now) {
    return append_call(DeliberationStatus::cancelled, transaction, id, call, now);
  });
}

Async<void> PostgresDeliberationStore::end(std::string id, DeliberationEnd end) {
  ORC_ASSERT(end.status != DeliberationStatus::running);
  auto change = [id = std::move(id), end = std::move(end)](Transaction& transaction, Timestamp now) -> Result<void> {
    const DeliberationStatus status = end.status;
    const StoredText text = stored_end(end);  // it may be large, and so is written elsewhere than where it is asked for
    auto state = state_in(DeliberationStatus::running, transaction, id);
    if (!state) return pass_on(state);
    transaction.send("end_deliberation", state->number, status, text.whole, now, text.listed);
    transaction.send("count_deliberation", DeliberationStatus::running, -1, 0);
    transaction.send("count_deliberation", status, 1, std::max<std::int64_t>(0, (now - state->created_at).count()));
    if (status == DeliberationStatus::completed) append(transaction, state->number, {.kind = EventKind::scores}, now);
    append(transaction, state->number, {.kind = EventKind::ended}, now);
    return {};
  };
  return writer_.run(std::move(change));
}

Async<void> PostgresDeliberationStore::tell(std::string id, std::vector<DeliberationEvent> events) {
  auto change = [id = std::move(id), events = std::move(events)](Transaction& transaction, Timestamp now) -> Result<void> {
    auto state = state_in(DeliberationStatus::running, transaction, id);
    if (!state) return pass_on(state);
    for (const DeliberationEvent& event : events) append(transaction, state->number, event, now);
    return {};
  };
  return writer_.run(std::move(change));
}

Async<void> PostgresDeliberationStore::tell_again(std::string id, std::vector<DeliberationEvent> events) {
  auto change = [id = std::move(id), events = std::move(events)](Transaction& transaction, Timestamp now) -> Result<void> {
    auto state = state_in(DeliberationStatus::running, transaction, id);
    if (!state) return pass_on(state);
    if (ends_with(transaction, *state, id, events)) return {};
    for (const DeliberationEvent& event : events) append(transaction, state->number, event, now);
    return {};
  };
  return writer_.run(std::move(change));
}

Async<DeliberationMark> PostgresDeliberationStore::mark(std::string id) {
  return readers_.run([id = std::move(id)](Reading& reading) -> Result<DeliberationMark> {
    const Rows found = reading.ask("deliberation_mark", id);
    if (found.empty()) return fail(ErrorCode::not_found, "Deliberation not found");
    return deliberation_mark_of(found[0]);
  });
}

Async<Deliberation> PostgresDeliberationStore::get(std::string id) {
  return readers_.run([id = std::move(id)](Reading& reading) -> Result<Deliberation> {
    const Rows found = reading.ask("deliberation_by_id", id);
    if (found.empty()) return fail(ErrorCode::not_found, "Deliberation not found");
    return deliberation_of(found[0]);
  });
}

Async<std::vector<FinishedCall>> PostgresDeliberationStore::calls(std::string id) {
  return readers_.run([id = std::move(id)](Reading& reading) -> Result<std::vector<FinishedCall>> {
    std::vector<FinishedCall> all;
    for (const Row row : reading.ask("agent_results", id)) all.push_back(whole_call_of(row));
    return all;
  });
}

Async<std::vector<RunningJob>> PostgresDeliberationStore::running_jobs(std::string after, int count) {
  return readers_.run([after = std::move(after), count](Reading& reading) -> Result<std::vector<RunningJob>> {
    std::vector<RunningJob> all;
    for (const Row row : reading.ask("jobs_that_run", after, count)) all.push_back(running_job_of(row));
    return all;
  });
}

Async<std::vector<std::string>> PostgresDeliberationStore::ids_running(std::string after, int count) {
  return readers_.run([after = std::move(after), count](Reading& reading) -> Result<std::vector<std::string>> {
    std::vector<std::string> ids;
    for (const Row row : reading.ask("ids_of_deliberations_that_run", after, count)) ids.push_back(row.text(0));
    return ids;
  });
}

Async<std::vector<std::string>> PostgresDeliberationStore::orphans(int count) {
  return readers_.run([count](Reading& reading) -> Result<std::vector<std::string>> {
    std::vector<std::string> ids;
    for (const Row row : reading.ask("orphaned_deliberations", count)) ids.push_back(row.text(0));
    return ids;
  });
}

Async<std::int64_t> PostgresDeliberationStore::page_bytes(DeliberationFilter filter) {
  return readers_.run([filter](Reading& reading) -> Result<std::int64_t> {
    const Rows bytes = filter.owner
                           ? reading.ask("deliberation_page_bytes_of_owner", *filter.owner, filter.status, filter.limit, filter.skip)
                           : reading.ask("deliberation_page_bytes", filter.status, filter.limit, filter.skip);
    return bytes[0].integer(0);
  });
}

Async<DeliberationPage> PostgresDeliberationStore::list(DeliberationFilter filter) {
  ORC_ASSERT(filter.skip >= 0 && filter.limit >= 0 && filter.limit <= deliberation_page_max);
  return readers_.run([filter](Reading& reading) {
    return reading.at_one_moment([&](Reading& moment) -> Result<DeliberationPage> {
      // Both in two forms, as an owner's are found by the owner.
      const auto total = filter.owner ? moment.ask("deliberation_page_total_of_owner", *filter.owner, filter.status)
                                      : moment.ask("deliberation_page_total", filter.status);
      auto items = read_all(filter.owner ? moment.ask("deliberation_page_of_owner", *filter.owner, filter.status, filter.limit, filter.skip)
                                         : moment.ask("deliberation_page", filter.status, filter.limit, filter.skip),
                            deliberation_of<Row>);
      if (!items) return pass_on(items);
      return DeliberationPage{.total = total[0].integer(0), .items = std::move(*items)};
    });
  });
}

Async<DeliberationCounts> PostgresDeliberationStore::counts() {
  return readers_.run([](Reading& reading) -> Result<DeliberationCounts> {
    DeliberationCounts counts;
    for (const Row row : reading.ask("deliberation_counts")) {
      const std::int64_t count = row.integer(1);
      switch (row.as<DeliberationStatus>(0)) {
        case DeliberationStatus::running:
          counts.running = count;
          break;
        case DeliberationStatus::completed:
          counts.completed = count;
          counts.completed_ms = row.integer(2);
          break;
        case DeliberationStatus::failed:
          counts.failed = count;
          break;
        case DeliberationStatus::cancelled:
          counts.cancelled = count;
          break;
      }
    }
    return counts;
  });
}

Async<DeliberationUsage> PostgresDeliberationStore::usage(std::optional<UserId> owner) {
  return readers_.run([owner](Reading& reading) -> Result<DeliberationUsage> {
    return deliberation_usage_of(reading.ask("deliberation_usage", owner)[0]);
  });
}

Async<std::int64_t> PostgresDeliberationStore::tokens_since(UserId owner, Timestamp since) {
  return readers_.run([owner, since](Reading& reading) -> Result<std::int64_t> {
    return reading.ask("deliberation_tokens_since", owner, since)[0].integer(0);
  });
}

Async<int> PostgresDeliberationStore::prune(Timestamp cutoff, int count) {
  ORC_ASSERT(count >= 1 && count <= 10'000);
  return writer_.run([=](Transaction& transaction, Timestamp) -> Result<int> {
    int removed = 0;
    for (const char* statement : {"prune_events_of_deliberations", "prune_agent_results", "prune_deliberations"})
      if (removed < count) removed += transaction.ask(statement, cutoff, count - removed).changed();
    return removed;
  });
}

// A lock of the session that `seat_` has: it is gone as soon as the server has missed us.
Async<bool> PostgresDeliberationStore::take_seat() {
  return seat_.run([](Reading& reading) -> Result<bool> { return reading.ask("take_deliberation_seat")[0].integer(0) != 0; });
}

}  // namespace orc::postgres
