#include "adapters/sqlite/deliberation_writes.h"

#include <algorithm>

namespace orc::sqlite {

DeliberationWrites::DeliberationWrites(Connection& connection, const StatementCatalog& catalog, EventWrites& events)
    : events_(events),
      state_(catalog.prepare(connection, "deliberation_state")),
      add_(catalog.prepare(connection, "add_deliberation")),
      is_recorded_(catalog.prepare(connection, "agent_result_is_recorded")),
      record_(catalog.prepare(connection, "record_agent_result")),
      count_call_(catalog.prepare(connection, "count_agent_result")),
      end_(catalog.prepare(connection, "end_deliberation")),
      count_(catalog.prepare(connection, "count_deliberation")),
      count_usage_(catalog.prepare(connection, "count_deliberation_usage")),
      prune_events_(catalog.prepare(connection, "prune_events_of_deliberations")),
      prune_results_(catalog.prepare(connection, "prune_agent_results")),
      prune_(catalog.prepare(connection, "prune_deliberations")) {}

Result<DeliberationWrites::State> DeliberationWrites::in_status(std::string_view id, DeliberationStatus status) {
  auto state = state_.first(
      [](Row row) {
        return State{
            .number = row.integer(0), .status = row.as<DeliberationStatus>(1), .created_at = row.time(2), .owner = row.as<UserId>(3)};
      },
      id);
  if (!state) return fail(ErrorCode::not_found, "Deliberation not found");
  if (state->status != status)
    return fail(ErrorCode::conflict,
                status == DeliberationStatus::running ? "the deliberation has ended" : "the deliberation was not cancelled");
  return *state;
}

Result<Timestamp> DeliberationWrites::add(const DeliberationInsert& deliberation, Timestamp now) {
  if (state_.any(deliberation.id)) return fail(ErrorCode::conflict, "a deliberation has this id already");
  const StoredText& request = deliberation.request;
  add_.execute(deliberation.id, deliberation.owner, deliberation.preset, request.whole, deliberation.plan, now, deliberation.task_id,
               deliberation.role, deliberation.token_budget, request.listed, request.whole.size() + deliberation.plan.size(),
               request.listed_bytes() + deliberation.plan.size());
  count_.execute(DeliberationStatus::running, 1, 0);
  events_.append(state_.number(deliberation.id), {.kind = EventKind::begun}, now);
  count_usage_.execute(deliberation.owner.value_or(nobodys_usage), 1, 0, 0, 0, 0, 0, 0, 0);
  return now;
}

Result<void> DeliberationWrites::record(std::string_view id, const FinishedCall& call, Timestamp now) {
  auto state = in_status(id, DeliberationStatus::running);
  if (!state) return pass_on(state);
  return append_call(*state, call, now);
}

Result<void> DeliberationWrites::record_after_cancel(std::string_view id, const FinishedCall& call, Timestamp now) {
  auto state = in_status(id, DeliberationStatus::cancelled);
  if (!state) return pass_on(state);
  return append_call(*state, call, now);
}

Result<void> DeliberationWrites::append_call(const State& state, const FinishedCall& call, Timestamp now) {
  const CallName& name = call.name;
  if (is_recorded_.any(state.number, name.stage, name.agent, name.sample)) return fail(ErrorCode::conflict, "the call is recorded already");
  record_.execute(state.number, name.stage, name.agent, name.sample, call.outcome, call.text, call.answer, call.score, call.finish,
                  call.usage.in, call.usage.out, call.usage.cached, call.cost_micros, call.duration.count(), call.attempts, call.reasoning);
  count_call_.execute(state.number, call.usage.in, call.usage.out, call.usage.cached, call.cost_micros, call.attempts,
                      call.text.size() + call.reasoning.size() + call.answer.value_or("").size());
  events_.append(state.number, {.kind = EventKind::answer, .call = name}, now);
  const int failed = has_failed(call.outcome) ? 1 : 0;
  count_usage_.execute(state.owner, 0, call.attempts, failed, call.usage.in, call.usage.out, call.usage.cached, call.cost_micros,
                       call.duration.count());
  return {};
}

Result<void> DeliberationWrites::end(std::string_view id, DeliberationStatus status, const StoredText& outcome, Timestamp now) {
  auto state = in_status(id, DeliberationStatus::running);
  if (!state) return pass_on(state);
  end_.execute(state->number, status, outcome.whole, now, outcome.listed, outcome.whole.size(), outcome.listed_bytes());
  count_.execute(DeliberationStatus::running, -1, 0);
  count_.execute(status, 1, std::max<std::int64_t>(0, (now - state->created_at).count()));
  if (status == DeliberationStatus::completed) events_.append(state->number, {.kind = EventKind::scores}, now);
  events_.append(state->number, {.kind = EventKind::ended}, now);
  return {};
}

Result<void> DeliberationWrites::tell(std::string_view id, const std::vector<DeliberationEvent>& events, Timestamp now) {
  auto state = in_status(id, DeliberationStatus::running);
  if (!state) return pass_on(state);
  for (const DeliberationEvent& event : events) events_.append(state->number, event, now);
  return {};
}

Result<void> DeliberationWrites::tell_again(const std::string& id, const std::vector<DeliberationEvent>& events, Timestamp now) {
  auto state = in_status(id, DeliberationStatus::running);
  if (!state) return pass_on(state);
  if (events_.ends_with(state->number, id, events)) return {};
  return tell(id, events, now);
}

int DeliberationWrites::prune(Timestamp cutoff, int count) {
  int removed = 0;
  for (Statement* const statement : {&prune_events_, &prune_results_, &prune_})
    if (removed < count) removed += statement->execute(cutoff, count - removed);
  return removed;
}

}  // namespace orc::sqlite
