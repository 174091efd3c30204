#include "application/deliberation/deliberation_run.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <iterator>
#include <utility>

#include "domain/assert.h"
#include "domain/deliberation/price.h"
#include "domain/passing_error.h"

namespace orc {
namespace {

constexpr std::chrono::seconds pause_after_failure{1};  // when the store is away
constexpr std::chrono::hours long_wait{1};              // for what wakes us

// By the wall clock, as it may have been begun by a process that is gone.
SteadyTime deadline_of(const Deliberation& deliberation, Clock& clock) {
  std::chrono::milliseconds time = deliberation.request->constraints->timeout;
  if (deliberation.plan->budget.time) time = std::min<std::chrono::milliseconds>(time, *deliberation.plan->budget.time);
  const std::chrono::milliseconds passed = clock.now() - deliberation.created_at;
  return clock.steady_now() + std::clamp(time - passed, std::chrono::milliseconds{0}, time);
}

}  // namespace

// Hears one call.
class DeliberationRun::Listener final : public AnswerListener {
 public:
  Listener(DeliberationRun& run, CallName name) : run_(run), name_(name), deltas_(run.deltas_, name) {}

  void wrote(std::string_view delta) override { deltas_.wrote(delta); }
  void restarted() override { deltas_.restarted(); }
  bool may_try_again() override { return run_.may_try_again(name_); }
  void was_in_vain(const TokenUsage& used) override {
    ++attempts_in_vain;
    used_in_vain += used;
  }

  int attempts_in_vain = 0;
  TokenUsage used_in_vain;

 private:
  DeliberationRun& run_;
  const CallName name_;
  GatheredDeltas::Call deltas_;
};

DeliberationRun::DeliberationRun(boost::asio::any_io_executor executor, const DeliberationPorts& ports, CallSlots& slots,
                                 Deliberation deliberation, std::vector<FinishedCall> record)
    : executor_(std::move(executor)),
      ports_(ports),
      slots_(slots),
      deliberation_(std::move(deliberation)),
      deadline_(deadline_of(deliberation_, ports.clock)),
      progress_(deliberation_.request, deliberation_.plan),
      changed_(ports.wake_ups.make()),
      deltas_(ports.clock, *changed_) {
  for (const FinishedCall& call : record) progress_.apply(call);
}

DeliberationRun::~DeliberationRun() { slots_.forget(*changed_); }

boost::asio::awaitable<void> DeliberationRun::run() {
  bool is_ours = true;
  while (is_ours && goes_on()) {
    const SteadyTime now = ports_.clock.steady_now();
    if (const CutShort cut = why_now(now); cut != CutShort::no) {
      if (calls_.empty() && finished_.empty()) {
        progress_.cut_short(cut);
        continue;
      }
      // The first of their records cuts it short.
      hang_up_on_all(cut == CutShort::by_time ? HangUp::by_time : HangUp::by_cancel);
    } else if (may_begin_calls()) {
      begin_calls();
    }
    is_ours = co_await tell() == Stored::yes;
    if (is_ours && finished_.empty()) co_await changed_->wait(std::min(now < deadline_ ? deadline_ : now + long_wait, deltas_.due()));
    is_ours = is_ours && co_await store_finished() == Stored::yes;
    hang_up_on_useless_calls();
  }
  if (!is_ours && !leaving_) was_ended_ = was_ended_ || co_await was_cancelled();
  hang_up_on_all(why_at_the_end());
  while (!calls_.empty()) co_await changed_->wait(ports_.clock.steady_now() + long_wait);
  if (is_ours || was_ended_) is_ours = co_await store_finished() == Stored::yes;
  if (is_ours && !was_ended_ && progress_.end()) {
    const DeliberationEnd& end = *progress_.end();
    co_await store([&] { return ports_.store.end(deliberation_.id, end); });
    ports_.log.info("deliberation ended", {{"deliberation_id", deliberation_.id},
                                           {"status", to_word(end.status)},
                                           {"calls", progress_.spent().calls},
                                           {"reason", end.error}});
  }
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
bool DeliberationRun::may_begin_calls() const {
  return !draining_ && finished_.empty() && std::ranges::none_of(calls_, [](const auto& one) { return one.second.why.has_value(); });
}

void DeliberationRun::drain() {
  draining_ = true;
  for (auto& [name, call] : calls_)
    if (progress_.stage_of(name).kind == StageKind::verify) hang_up(call, HangUp::left);
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

void DeliberationRun::begin_calls() {
  SpendingRoom room = room_beside_calls();
  for (const CallName name : progress_.wanted()) {
    if (calls_.contains(name)) continue;
    const TokenUsage most = progress_.most_of(name);
    const std::int64_t cost = progress_.cost_of_most(name);
    if (!room.take(most, cost)) return;  // a repeat has it, whose call ends before long
    if (!slots_.take(*changed_)) return;
    const auto call = calls_.emplace(name, UnderWay{.most = most, .cost = cost}).first;
    boost::asio::co_spawn(executor_, make_call(name, call->second.stop.get_token()), boost::asio::detached);
  }
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
  for (const CallName other : progress_.wanted())
    if (!calls_.contains(other) && std::ranges::find(finished_, other, &FinishedCall::name) == finished_.end())
      room.put_aside(progress_.most_of(other), progress_.cost_of_most(other));
  if (!room.take(call->second.most, call->second.cost)) return false;
  ++call->second.attempts;
  return true;
}

void DeliberationRun::hang_up(UnderWay& call, HangUp why) {
  if (!call.why) call.why = why;
  call.stop.request_stop();
}

void DeliberationRun::hang_up_on_useless_calls() {
  const auto& wanted = progress_.wanted();
  for (auto& [name, call] : calls_)
    if (std::ranges::find(wanted, name) == wanted.end()) hang_up(call, HangUp::useless);
}

void DeliberationRun::hang_up_on_all(HangUp why) {
  for (auto& [name, call] : calls_) hang_up(call, why);
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

boost::asio::awaitable<void> DeliberationRun::make_call(CallName name, std::stop_token stop) {
  const SteadyTime begun = ports_.clock.steady_now();
  FinishedCall call = progress_.stage_of(name).kind == StageKind::verify ? co_await verify(name, stop) : co_await ask(name, stop);
  call.name = name;
  call.duration = std::chrono::floor<std::chrono::milliseconds>(ports_.clock.steady_now() - begun);
  const auto under_way = calls_.find(name);
  auto why = under_way->second.why;
  if (!why && call.outcome == CallOutcome::failed && ports_.clock.steady_now() >= deadline_) why = HangUp::by_time;  // it was first
  if (auto record = as_recorded(std::move(call), why)) finished_.push_back(std::move(*record));
  calls_.erase(under_way);
  slots_.give_back();
  changed_->wake();
}

// What we ended ourselves says why, unless its answer came all the same.
std::optional<FinishedCall> DeliberationRun::as_recorded(FinishedCall call, std::optional<HangUp> why) {
  if (!why || call.outcome == CallOutcome::succeeded) return call;
  call.outcome = CallOutcome::stopped;
  switch (*why) {
    case HangUp::useless:
      call.text = "not needed: the others were enough";
      break;
    case HangUp::by_cancel:
      call.outcome = CallOutcome::cancelled;
      call.text = "the deliberation was cancelled";
      break;
    case HangUp::by_time:
      call.outcome = CallOutcome::timed_out;
      call.text = "timeout: the time of the deliberation was over";
      break;
    case HangUp::left:
      return std::nullopt;
  }
  return call;
}

boost::asio::awaitable<FinishedCall> DeliberationRun::ask(CallName name, std::stop_token stop) {
  Listener listener(*this, name);
  auto answer = co_await ports_.model.ask(question_for(name), listener, std::move(stop));
  FinishedCall call{.attempts = listener.attempts_in_vain + (answer ? 1 : 0), .usage = listener.used_in_vain};
  if (answer) {
    call.answer = ports_.extractor.extract(deliberation_.plan->extraction, answer->text);
    call.text = std::move(answer->text);
    call.finish = answer->finish;
    call.usage += answer->usage;
  } else {
    call.outcome = CallOutcome::failed;
    call.text = std::move(answer).error().message;
    call.attempts = std::max(call.attempts, 1);
  }
  call.cost_micros = cost_of(price_of(deliberation_.plan, progress_.model_of(name.agent)), call.usage);
  co_return call;
}

boost::asio::awaitable<FinishedCall> DeliberationRun::verify(CallName name, std::stop_token stop) {
  Verification what{
      .plugin = progress_.stage_of(name).plugin,
      .task = deliberation_.request->task_description,
      .proposal = progress_.proposal_for(name),
      .owner = deliberation_.owner,
      .time_max = time_left(),
      .key = deliberation_.id + " " + std::to_string(name.stage) + " " + std::to_string(name.agent) + " " + std::to_string(name.sample)};
  auto score = co_await ports_.verifier.verify(std::move(what), std::move(stop));
  FinishedCall call;
  if (score) {
    call.score = *score;
  } else {
    call.outcome = CallOutcome::failed;
    call.text = std::move(score).error().message;
  }
  co_return call;
}

ModelQuestion DeliberationRun::question_for(CallName name) const {
  Prompt prompt = progress_.prompt_for(name);
  const PlanFields& plan = *deliberation_.plan;
  const auto own = plan.agents.find(progress_.agent_of(name)->agent_id);
  const AgentOptions options = own == plan.agents.end() ? AgentOptions{} : own->second;
  const double temperature = options.temperature.value_or(plan.temperature);
  const auto seed = options.seed ? options.seed : plan.seed;
  return {.endpoint = options.endpoint.value_or(deliberation_.request->vllm_url),
          .replicas = options.endpoint ? std::vector<std::string>{} : plan.endpoints,
          .model = progress_.model_of(name.agent),
          .system = std::move(prompt.system),
          .user = std::move(prompt.user),
          .temperature = plan.is_diverse ? std::min(temperature * diversity_factor, temperature_max) : temperature,
          .seed = seed.transform([&](std::int64_t first) { return first + name.sample; }),
          .answer_tokens_max = plan.answer_tokens,
          .time_max = time_left(),
          .retries_max = deliberation_.request->constraints->max_retries};
}

std::chrono::milliseconds DeliberationRun::time_left() const {
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(deadline_ - ports_.clock.steady_now()), std::chrono::milliseconds{1});
}

boost::asio::awaitable<DeliberationRun::Stored> DeliberationRun::tell() {
  std::vector<DeliberationEvent> events;
  if (const auto& wanted = progress_.wanted(); !wanted.empty() && told_stage_ != wanted.front().stage && may_begin_calls()) {
    told_stage_ = wanted.front().stage;
    events.push_back({.kind = EventKind::phase, .call = {.stage = *told_stage_}});
  }
  std::ranges::move(deltas_.take(), std::back_inserter(events));
  if (events.empty()) co_return Stored::yes;
  co_return co_await store([&] { return ports_.store.tell(deliberation_.id, events); });
}

boost::asio::awaitable<DeliberationRun::Stored> DeliberationRun::store_finished() {
  // Those too that are of no use any more: they were paid for.
  while (!finished_.empty()) {
    if (co_await record(finished_.front()) == Stored::gone) co_return Stored::gone;
    progress_.apply(finished_.front());
    finished_.pop_front();
  }
  co_return Stored::yes;
}

boost::asio::awaitable<DeliberationRun::Stored> DeliberationRun::record(const FinishedCall& call) {
  if (!was_ended_) {
    if (co_await store([&] { return ports_.store.record(deliberation_.id, call); }) == Stored::yes) co_return Stored::yes;
    if (leaving_) co_return Stored::gone;
    if (co_await is_recorded(call)) co_return Stored::yes;
    if (!co_await was_cancelled()) co_return Stored::gone;
    was_ended_ = true;
  }
  if (co_await store([&] { return ports_.store.record_after_cancel(deliberation_.id, call); }) == Stored::yes) co_return Stored::yes;
  co_return co_await is_recorded(call) ? Stored::yes : Stored::gone;
}

// That a call of this name is recorded may be our own doing, of a commit whose answer was lost.
boost::asio::awaitable<bool> DeliberationRun::is_recorded(const FinishedCall& call) {
  const auto recorded = co_await ports_.store.calls(deliberation_.id);
  co_return recorded&& std::ranges::find(*recorded, call) != recorded->end();
}

boost::asio::awaitable<bool> DeliberationRun::was_cancelled() {
  const auto now = co_await ports_.store.get(deliberation_.id);
  co_return now && now->status() == DeliberationStatus::cancelled;
}

boost::asio::awaitable<DeliberationRun::Stored> DeliberationRun::store(std::function<Async<void>()> change) {
  const auto pause = ports_.wake_ups.make();
  for (;;) {
    const auto done = co_await change();
    if (done) co_return Stored::yes;
    ports_.log.warn("deliberation could not be stored", {{"deliberation_id", deliberation_.id}, {"reason", done.error().message}});
    if (!may_pass(done.error()) || leaving_) co_return Stored::gone;
    co_await pause->wait(ports_.clock.steady_now() + pause_after_failure);
  }
}

}  // namespace orc
