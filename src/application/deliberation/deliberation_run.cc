#include "application/deliberation/deliberation_run.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <exception>
#include <iterator>
#include <set>
#include <utility>

#include "application/turns.h"
#include "domain/assert.h"

namespace orc {
namespace {

constexpr std::size_t turn_of_call = 16 * 1024;  // what beginning one is worth, as Turns count
constexpr std::size_t copies_of_prompt = 3;      // while it is under way: the question twice, and the request that is sent

// By the wall clock, as it may have been begun by a process that is gone.
SteadyTime deadline_of(const Deliberation& deliberation, Clock& clock) {
  std::chrono::milliseconds time = deliberation.request->constraints->timeout;
  if (deliberation.plan->budget.time) time = std::min<std::chrono::milliseconds>(time, *deliberation.plan->budget.time);
  const std::chrono::milliseconds passed = clock.now() - deliberation.created_at;
  return clock.steady_now() + std::clamp(time - passed, std::chrono::milliseconds{0}, time);
}

}  // namespace

DeliberationRun::DeliberationRun(boost::asio::any_io_executor executor, const DeliberationPorts& ports, CallSlots& slots,
                                 AnswerRoom& answers, Deliberation deliberation, std::vector<FinishedCall> record)
    : executor_(std::move(executor)),
      ports_(ports),
      deliberation_(std::move(deliberation)),
      deadline_(deadline_of(deliberation_, ports.clock)),
      record_(std::move(record)),
      progress_(deliberation_.request, deliberation_.plan, DeliberationProgress::Scoring::by_and_by),
      changed_(ports.wake_ups.make()),
      slots_(slots, *changed_),
      answers_(answers),
      deltas_(ports.clock, *changed_) {
  for (const FinishedCall& call : record_) answers_.keep(answer_bytes_of(call));
}

boost::asio::awaitable<void> DeliberationRun::take_up_record() {
  Turns turns;
  for (FinishedCall& call : record_) {
    progress_.apply(call);
    co_await turns.spend(turn_of_call + answer_bytes_of(call));
    call = {};  // so that it is kept once
    co_await score();
  }
  record_ = {};
}

std::string DeliberationRun::words_of(const std::exception& fault) { return std::string("internal error: ") + fault.what(); }

boost::asio::awaitable<void> DeliberationRun::run() {
  std::string thrown;
  try {
    co_await go();
  } catch (const std::exception& fault) {
    thrown = words_of(fault);
  }
  if (!thrown.empty()) co_await end_as_failed(std::move(thrown));
}

boost::asio::awaitable<void> DeliberationRun::go() {
  co_await take_up_record();
  bool is_ours = true;
  while (is_ours && goes_on()) {
    if (lost_) std::rethrow_exception(lost_);
    const SteadyTime now = ports_.clock.steady_now();
    if (const CutShort cut = why_now(now); cut != CutShort::no) {
      if (calls_.empty() && finished_.empty()) {
        progress_.cut_short(cut);
        co_await score();
        continue;
      }
      // The first of their records cuts it short.
      slots_.forget();
      hang_up_on_all(cut == CutShort::by_time ? HangUp::by_time : HangUp::by_cancel);
    } else if (may_begin_calls()) {
      co_await begin_calls();
    }
    is_ours = co_await tell() == Stored::yes;
    if (is_ours && finished_.empty()) co_await changed_->wait(std::min(now < deadline_ ? deadline_ : now + long_wait, deltas_.due()));
    is_ours = is_ours && co_await store_finished() == Stored::yes;
    hang_up_on_useless_calls();
  }
  slots_.forget();
  if (!is_ours && !leaving_) was_ended_ = was_ended_ || co_await was_cancelled();
  hang_up_on_all(why_at_the_end());
  while (!calls_.empty()) co_await changed_->wait(ports_.clock.steady_now() + long_wait);
  if (is_ours || was_ended_) is_ours = co_await store_finished() == Stored::yes;
  if (is_ours && !was_ended_ && progress_.end()) co_await store_end();
}

bool DeliberationRun::goes_on() const {
  const bool is_drained = draining_ && calls_.empty() && finished_.empty();
  return !progress_.end() && !leaving_ && !was_ended_ && !is_drained;
}

CutShort DeliberationRun::why_now(SteadyTime now) const {
  if (cancelling_) return CutShort::by_cancel;
  return now >= deadline_ ? CutShort::by_time : CutShort::no;
}

// What was hung up on may have cost something, and so is recorded before the room for further calls is judged.
bool DeliberationRun::may_begin_calls() const { return !draining_ && finished_.empty() && hung_up_ == 0; }

void DeliberationRun::drain() {
  draining_ = true;
  slots_.forget();
  for (auto& [name, call] : calls_)
    if (progress_.stage_of(name).kind == StageKind::verify) hang_up(name, call, HangUp::left);
  changed_->wake();
}

void DeliberationRun::leave() {
  leaving_ = true;
  hang_up_on_all(HangUp::left);
  changed_->wake();
}

void DeliberationRun::cancel() {
  cancelling_ = true;
  if (!progress_.end()) hang_up_on_all(HangUp::by_cancel);
  changed_->wake();
}

void DeliberationRun::was_ended() {
  was_ended_ = true;
  hang_up_on_all(HangUp::by_cancel);
  changed_->wake();
}

boost::asio::awaitable<void> DeliberationRun::begin_calls() {
  Turns turns;
  while (goes_on() && may_begin_calls() && why_now(ports_.clock.steady_now()) == CutShort::no) {
    const std::size_t worked = begin_some();
    if (worked == 0) co_return;
    co_await turns.spend(worked);
  }
}

// Calls are begun in the order in which they are wanted, and what is not wanted any more was hung up on: so those under way are the first.
std::size_t DeliberationRun::begin_some() {
  const std::vector<CallName>& wanted = progress_.wanted();
  SpendingRoom room = room_beside_calls();
  std::size_t worked = 0;
  for (std::size_t i = calls_.size(); i < wanted.size() && worked < Turns::bytes_max; ++i) {
    const CallName name = wanted[i];
    const TokenUsage most = progress_.most_of(name);
    const std::int64_t cost = progress_.cost_of_most(name);
    const std::size_t bytes = copies_of_prompt * progress_.prompt_bytes_for(name);
    if (!room.take(most, cost)) break;  // a repeat has it, whose call ends before long
    if (!slots_.take(bytes)) return worked;
    const auto [call, is_new] = calls_.emplace(name, UnderWay{.most = most, .cost = cost, .bytes = bytes});
    ORC_ASSERT(is_new);
    VerificationEnds ends{.stop = call->second.stop.get_token(), .leave = call->second.leave.get_token()};
    boost::asio::co_spawn(executor_, make_call(name, std::move(ends)), boost::asio::detached);
    worked += turn_of_call + bytes;
  }
  if (worked == 0) slots_.forget();
  return worked;
}

// What is left beside what the calls under way may use at most.
SpendingRoom DeliberationRun::room_beside_calls() const {
  Spending spent = progress_.spent();
  for (const FinishedCall& call : finished_) spent.add(call);
  SpendingRoom room(deliberation_.plan->budget, spent);
  for (const auto& [name, call] : calls_)
    for (int attempt = 0; attempt < call.attempts; ++attempt) room.put_aside(call.most, call.cost);
  return room;
}

// The calls that are wanted come first.
bool DeliberationRun::may_try_again(CallName name) {
  const auto call = calls_.find(name);
  ORC_ASSERT(call != calls_.end());
  if (call->second.why) return false;
  SpendingRoom room = room_beside_calls();
  const std::vector<CallName>& wanted = progress_.wanted();
  // Of a stage the first calls have begun.
  for (std::size_t i = begun_of_stage(); i < wanted.size(); ++i)
    room.put_aside(progress_.most_of(wanted[i]), progress_.cost_of_most(wanted[i]));
  if (!room.take(call->second.most, call->second.cost)) return false;
  ++call->second.attempts;
  return true;
}

// How many calls of the stage that is under way have begun, of those that have not been applied.
std::size_t DeliberationRun::begun_of_stage() const {
  if (progress_.wanted().empty()) return 0;
  const std::uint32_t stage = progress_.wanted().front().stage;
  const auto others = calls_.begin() == calls_.end() || calls_.begin()->first.stage == stage
                          ? std::ptrdiff_t{0}
                          : std::distance(calls_.begin(), calls_.lower_bound({.stage = stage}));
  return calls_.size() - static_cast<std::size_t>(others) +
         static_cast<std::size_t>(std::ranges::count(finished_, stage, [](const FinishedCall& one) { return one.name.stage; }));
}

void DeliberationRun::hang_up(const CallName& name, UnderWay& call, HangUp why) {
  if (!call.why) ++hung_up_;
  if (!call.why) call.why = why;
  // Whoever goes on with it waits for the same job: to cancel that would be its verdict.
  const bool goes_on = why == HangUp::left && progress_.stage_of(name).kind == StageKind::verify;
  (goes_on ? call.leave : call.stop).request_stop();
}

void DeliberationRun::hang_up_on_useless_calls() {
  if (hung_up_ == calls_.size()) return;
  const std::vector<CallName>& wanted = progress_.wanted();
  // As they are the first of the calls that are wanted, or were.
  if (!wanted.empty() && calls_.begin()->first.stage == wanted.front().stage && calls_.size() <= wanted.size()) return;
  const std::set<CallName> useful(wanted.begin(), wanted.end());
  // A stage that is open wants fewer calls only where there is no room for them.
  for (auto& [name, call] : calls_)
    if (!useful.contains(name))
      hang_up(name, call, !wanted.empty() && wanted.front().stage == name.stage ? HangUp::by_budget : HangUp::useless);
}

void DeliberationRun::hang_up_on_all(HangUp why) {
  for (auto& [name, call] : calls_) hang_up(name, call, why);
}

DeliberationRun::HangUp DeliberationRun::why_at_the_end() const {
  if (was_ended_) return HangUp::by_cancel;
  if (!progress_.end()) return HangUp::left;
  switch (progress_.end()->cut) {
    case CutShort::no:
      return HangUp::useless;
    case CutShort::by_time:
      return HangUp::by_time;
    case CutShort::by_cancel:
      return HangUp::by_cancel;
  }
  return HangUp::left;
}

boost::asio::awaitable<DeliberationRun::Stored> DeliberationRun::tell() {
  std::vector<DeliberationEvent> events;
  if (const auto& wanted = progress_.wanted(); !wanted.empty() && told_stage_ != wanted.front().stage && may_begin_calls()) {
    told_stage_ = wanted.front().stage;
    events.push_back({.kind = EventKind::phase, .call = {.stage = *told_stage_}});
  }
  std::ranges::move(deltas_.take(), std::back_inserter(events));
  if (events.empty()) co_return Stored::yes;
  // A try whose answer was lost may have taken effect.
  bool is_repeat = false;
  const Stored told = co_await store([&] {
    return std::exchange(is_repeat, true) ? ports_.store.tell_again(deliberation_.id, events) : ports_.store.tell(deliberation_.id, events);
  });
  // It is news only: the deliberation goes on without.
  co_return told == Stored::refused ? Stored::yes : told;
}

}  // namespace orc
