#include "tests/fakes/memory_deliberation_store.h"

#include <algorithm>
#include <set>

#include "domain/deliberation/listed_text.h"
#include "domain/whole_characters.h"

namespace orc {

Result<MemoryDeliberationStore::Row*> MemoryDeliberationStore::find(const std::string& id) {
  const auto row = std::ranges::find(rows_, id, [](const Row& one) { return one.deliberation.id; });
  if (row == rows_.end()) return fail(ErrorCode::not_found, "Deliberation not found");
  return &*row;
}

Result<MemoryDeliberationStore::Row*> MemoryDeliberationStore::find_running(const std::string& id) {
  auto row = find(id);
  if (row && (*row)->deliberation.end) return fail(ErrorCode::conflict, "the deliberation has ended");
  return row;
}

Deliberation MemoryDeliberationStore::read(const Row& row) {
  Deliberation deliberation = row.deliberation;
  deliberation.has_begun = row.events > 1;
  return deliberation;
}

namespace {

// The front of a text that is longer than lists show of each of `count`: longer than that, too.
std::string front_of(const std::string& text, std::size_t count) {
  return std::string(whole_characters(text, listed_bytes_max(count) + 4));
}

DeliberationResult with_fronts(const DeliberationResult& result, std::size_t count) {
  ResultFields fields = *result;
  fields.proposal = front_of(fields.proposal, count);
  fields.reasoning = front_of(fields.reasoning, count);
  return DeliberationResult::create(std::move(fields)).value();
}

Deliberation with_fronts(Deliberation whole) {
  DeliberationRequestFields request = *whole.request;
  request.task_description = front_of(request.task_description, 1);
  whole.request = DeliberationRequest::create(std::move(request)).value();
  if (!whole.end) return whole;
  const std::size_t count = whole.end->together ? (*whole.end->together)->results.size() : 1;
  if (whole.end->decision) whole.end->decision = with_fronts(*whole.end->decision, count);
  if (whole.end->together) {
    MultiAgentFields together = **whole.end->together;
    for (DeliberationResult& one : together.results) one = with_fronts(one, count);
    whole.end->together = MultiAgentDeliberationResult::create(std::move(together)).value();
  }
  return whole;
}

}  // namespace

void MemoryDeliberationStore::append(Row& row, DeliberationEvent event, std::optional<FinishedCall> call) {
  StoredEvent stored{.id = state_.next_id<EventId>(),
                     .deliberation = row.deliberation.id,
                     .n = ++row.events,
                     .at = state_.clock.now(),
                     .event = std::move(event),
                     .call = std::move(call)};
  if (stored.call) stored.call->reasoning.clear();
  state_.events.push_back({.stored = std::move(stored), .published_at = {}});
}

Async<Timestamp> MemoryDeliberationStore::add(NewDeliberation deliberation) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  if (find(deliberation.id)) co_return fail(ErrorCode::conflict, "a deliberation has this id already");
  const Timestamp now = state_.clock.now();
  ++usage_of(deliberation.owner).deliberations;
  rows_.push_back({.deliberation = {.id = std::move(deliberation.id),
                                    .owner = deliberation.owner,
                                    .request = std::move(deliberation.request),
                                    .plan = std::move(deliberation.plan),
                                    .created_at = now},
                   .calls = {}});
  append(rows_.back(), {.kind = EventKind::begun});
  co_return now;
}

bool MemoryDeliberationStore::is_refused(std::string_view text) const {
  return !state_.faults.refused_text.empty() && text.contains(state_.faults.refused_text);
}

Result<void> MemoryDeliberationStore::append_call(Row& row, FinishedCall call) {
  if (std::ranges::find(row.calls, call.name, &FinishedCall::name) != row.calls.end())
    return fail(ErrorCode::conflict, "the call is recorded already");
  if (state_.faults.records_are_refused || is_refused(call.text) || is_refused(call.reasoning))
    return fail(ErrorCode::internal, "the text is refused: a test says so");
  row.deliberation.spent.add(call);
  append(row, {.kind = EventKind::answer, .call = call.name}, call);
  usage_of(row.deliberation.owner).account.add(call);
  row.calls.push_back(std::move(call));
  return {};
}

Async<void> MemoryDeliberationStore::record(std::string id, FinishedCall call) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  auto row = find_running(id);
  if (!row) co_return pass_on(row);
  auto appended = append_call(**row, std::move(call));
  if (appended && state_.faults.answers_are_lost) co_return fail(ErrorCode::unavailable, "it is not known whether the change took effect");
  co_return appended;
}

Async<void> MemoryDeliberationStore::record_after_cancel(std::string id, FinishedCall call) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  auto row = find(id);
  if (!row) co_return pass_on(row);
  if ((*row)->deliberation.status() != DeliberationStatus::cancelled)
    co_return fail(ErrorCode::conflict, "the deliberation was not cancelled");
  co_return append_call(**row, std::move(call));
}

Async<void> MemoryDeliberationStore::end(std::string id, DeliberationEnd end) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  auto row = find_running(id);
  if (!row) co_return pass_on(row);
  if (end.decision && is_refused((*end.decision)->proposal)) co_return fail(ErrorCode::internal, "the text is refused: a test says so");
  (*row)->deliberation.end = std::move(end);
  (*row)->deliberation.ended_at = state_.clock.now();
  if ((*row)->deliberation.end->status == DeliberationStatus::completed) append(**row, {.kind = EventKind::scores});
  append(**row, {.kind = EventKind::ended});
  co_return Result<void>{};
}

Async<void> MemoryDeliberationStore::tell(std::string id, std::vector<DeliberationEvent> events) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  auto row = find_running(id);
  if (!row) co_return pass_on(row);
  if (state_.faults.tellings_are_refused) co_return fail(ErrorCode::internal, "the news is refused: a test says so");
  for (DeliberationEvent& event : events) append(**row, std::move(event));
  if (state_.faults.tellings_are_lost) co_return fail(ErrorCode::unavailable, "it is not known whether the change took effect");
  co_return Result<void>{};
}

bool MemoryDeliberationStore::ends_with(const Row& row, const std::vector<DeliberationEvent>& events) const {
  std::vector<DeliberationEvent> all;
  for (const MemoryEvent& one : state_.events)
    if (one.stored.deliberation == row.deliberation.id) all.push_back(one.stored.event);
  return all.size() >= events.size() && std::equal(events.rbegin(), events.rend(), all.rbegin());
}

Async<void> MemoryDeliberationStore::tell_again(std::string id, std::vector<DeliberationEvent> events) {
  const auto row = find_running(id);
  if (row && ends_with(**row, events)) co_return co_await state_.change_begins();
  co_return co_await tell(std::move(id), std::move(events));
}

Async<DeliberationMark> MemoryDeliberationStore::mark(std::string id) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  auto row = find(id);
  if (!row) co_return pass_on(row);
  const Deliberation& one = (*row)->deliberation;
  DeliberationMark mark{.owner = one.owner, .status = one.status(), .bytes = static_cast<std::int64_t>(bytes_of(one)), .call_bytes = 0};
  for (const FinishedCall& call : (*row)->calls) mark.call_bytes += std::ssize(call.text) + std::ssize(call.reasoning);
  co_return mark;
}

Async<Deliberation> MemoryDeliberationStore::get(std::string id) {
  ++gets;
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  auto row = find(id);
  if (!row) co_return pass_on(row);
  co_return read(**row);
}

Async<std::vector<FinishedCall>> MemoryDeliberationStore::calls(std::string id) {
  if (before_calls) co_await before_calls();
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  auto row = find(id);
  if (!row) co_return std::vector<FinishedCall>{};
  co_return (*row)->calls;
}

Async<std::vector<RunningJob>> MemoryDeliberationStore::running_jobs(std::string after, int count) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::vector<RunningJob> found;
  bool is_behind = after.empty();
  for (const Row& row : rows_) {
    const Deliberation& one = row.deliberation;
    if (is_behind && !one.end && !one.owner && std::cmp_less(found.size(), count))
      found.push_back({.id = one.id,
                       .task_id = one.request->task_id,
                       .role = one.request->role,
                       .created_at = one.created_at,
                       .has_begun = row.events > 1});
    if (one.id == after) is_behind = true;
  }
  co_return found;
}

Async<std::vector<std::string>> MemoryDeliberationStore::ids_running(std::string after, int count) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::vector<std::string> ids;
  bool is_behind = after.empty();
  for (const Row& row : rows_) {
    if (is_behind && !row.deliberation.end && std::cmp_less(ids.size(), count)) ids.push_back(row.deliberation.id);
    if (row.deliberation.id == after) is_behind = true;
  }
  co_return ids;
}

Async<std::vector<std::string>> MemoryDeliberationStore::orphans(int count) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::vector<std::string> ids;
  for (const Row& row : rows_) {
    const Deliberation& one = row.deliberation;
    if (!one.end && one.owner && !state_.users.contains(*one.owner) && std::cmp_less(ids.size(), count)) ids.push_back(one.id);
  }
  co_return ids;
}

Async<DeliberationPage> MemoryDeliberationStore::list(DeliberationFilter filter) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  DeliberationPage page;
  for (auto row = rows_.rbegin(); row != rows_.rend(); ++row) {
    const Deliberation& one = row->deliberation;
    if (filter.owner && one.owner != filter.owner) continue;
    if (filter.status && one.status() != *filter.status) continue;
    if (page.total >= filter.skip && std::cmp_less(page.items.size(), filter.limit)) page.items.push_back(with_fronts(read(*row)));
    ++page.total;
  }
  co_return page;
}

Async<std::int64_t> MemoryDeliberationStore::page_bytes(DeliberationFilter filter) {
  auto page = co_await list(filter);
  if (!page) co_return pass_on(page);
  std::int64_t bytes = 0;
  for (const Deliberation& one : page->items) bytes += static_cast<std::int64_t>(bytes_of(one));
  co_return bytes;
}

void MemoryDeliberationStore::count(const Deliberation& one, DeliberationCounts& counts) {
  switch (one.status()) {
    case DeliberationStatus::running:
      ++counts.running;
      break;
    case DeliberationStatus::completed:
      ++counts.completed;
      counts.completed_ms += (*one.ended_at - one.created_at).count();
      break;
    case DeliberationStatus::failed:
      ++counts.failed;
      break;
    case DeliberationStatus::cancelled:
      ++counts.cancelled;
      break;
  }
}

Async<DeliberationCounts> MemoryDeliberationStore::counts() {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  DeliberationCounts counts = pruned_;
  for (const Row& row : rows_) count(row.deliberation, counts);
  co_return counts;
}

Async<DeliberationUsage> MemoryDeliberationStore::usage(std::optional<UserId> owner) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  DeliberationUsage sum;
  for (const auto& [whose, usage] : usage_)
    if (!owner || whose == *owner) {
      sum.deliberations += usage.deliberations;
      sum.account.add(usage.account);
    }
  co_return sum;
}

Async<std::int64_t> MemoryDeliberationStore::tokens_since(UserId owner, Timestamp since) {
  if (before_tokens) static_cast<void>(co_await std::exchange(before_tokens, nullptr)());
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::int64_t sum = 0;
  for (const Row& row : rows_) {
    const Deliberation& one = row.deliberation;
    if (one.owner != owner || one.created_at < since) continue;
    const std::int64_t used = one.spent.usage.in + one.spent.usage.out;
    sum += one.end ? used : std::max(used, std::min(tokens_counted_max, one.plan->budget.tokens.value_or(0)));
  }
  co_return sum;
}

Async<int> MemoryDeliberationStore::prune(Timestamp cutoff, int count) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  int removed = 0;
  const auto is_old = [&](const Row& row) { return row.deliberation.ended_at && *row.deliberation.ended_at < cutoff; };
  std::set<std::string> old;
  for (const Row& row : rows_)
    if (is_old(row)) old.insert(row.deliberation.id);
  std::erase_if(state_.events,
                [&](const MemoryEvent& one) { return removed < count && old.contains(one.stored.deliberation) && ++removed > 0; });
  for (Row& row : rows_)
    while (is_old(row) && removed < count && !row.calls.empty()) {
      row.calls.pop_back();
      ++removed;
    }
  std::erase_if(rows_, [&](const Row& row) {
    if (!is_old(row) || removed >= count) return false;
    this->count(row.deliberation, pruned_);
    ++removed;
    return true;
  });
  co_return removed;
}

Async<bool> MemoryDeliberationStore::take_seat() {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  co_return has_seat;
}

int MemoryDeliberationStore::running_now() const {
  return static_cast<int>(std::ranges::count_if(rows_, [](const Row& row) { return !row.deliberation.end; }));
}

std::size_t MemoryDeliberationStore::calls_now(const std::string& id) const {
  const auto row = std::ranges::find(rows_, id, [](const Row& one) { return one.deliberation.id; });
  return row == rows_.end() ? 0 : row->calls.size();
}

void MemoryDeliberationStore::end_now(const std::string& id, DeliberationEnd end) {
  const auto row = std::ranges::find(rows_, id, [](const Row& one) { return one.deliberation.id; });
  row->deliberation.end = std::move(end);
  row->deliberation.ended_at = state_.clock.now();
}

}  // namespace orc
