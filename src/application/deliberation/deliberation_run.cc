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
#include "domain/deliberation/price.h"

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

std::string words_of(const std::exception& fault) { return std::string("internal error: ") + fault.what(); }

}  // namespace

// Hears one call.
class DeliberationRun::Listener final : public AnswerListener {
 public:
  // Counts in `call` what each attempt used.
  Listener(DeliberationRun& run, FinishedCall& call) : run_(run), call_(call), deltas_(run.deltas_, call.name) {}

  void wrote(std::string_view delta) override { deltas_.wrote(delta); }
  void restarted() override { deltas_.restarted(); }
  bool may_try_again() override { return run_.may_try_again(call_.name); }
  void was_in_vain(const TokenUsage& used) override {
    ++call_.attempts;
    call_.usage += believable(used);
  }

 private:
  DeliberationRun& run_;
  FinishedCall& call_;
  GatheredDeltas::Call deltas_;
};

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
    boost::asio::co_spawn(executor_, make_call(name, call->second.stop.get_token()), boost::asio::detached);
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

void DeliberationRun::hang_up(UnderWay& call, HangUp why) {
  if (!call.why) ++hung_up_;
  if (!call.why) call.why = why;
  call.stop.request_stop();
}

void DeliberationRun::hang_up_on_useless_calls() {
  if (hung_up_ == calls_.size()) return;
  const std::vector<CallName>& wanted = progress_.wanted();
  // As they are the first of the calls that are wanted, or were.
  if (!wanted.empty() && calls_.begin()->first.stage == wanted.front().stage && calls_.size() <= wanted.size()) return;
  const std::set<CallName> useful(wanted.begin(), wanted.end());
  for (auto& [name, call] : calls_)
    if (!useful.contains(name)) hang_up(call, HangUp::useless);
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
  try {
    co_await finish_call(name, std::move(stop));
  } catch (const std::exception& fault) {
    // It has no record, and so is made again.
    ports_.log.warn("call of a deliberation was lost", {{"deliberation_id", deliberation_.id}, {"reason", fault.what()}});
  }
  const auto call = calls_.find(name);
  slots_.give_back(call->second.bytes);
  if (call->second.why) --hung_up_;
  calls_.erase(call);
  changed_->wake();
}

boost::asio::awaitable<void> DeliberationRun::finish_call(CallName name, std::stop_token stop) {
  const SteadyTime begun = ports_.clock.steady_now();
  FinishedCall call{.name = name, .attempts = 0};
  try {
    if (progress_.stage_of(name).kind == StageKind::verify)
      co_await verify(stop, call);
    else
      co_await ask(stop, call);
  } catch (const std::exception& fault) {
    call.outcome = CallOutcome::failed;
    give_up_answer(call, words_of(fault));
    ports_.log.warn("call of a deliberation failed", {{"deliberation_id", deliberation_.id}, {"reason", call.text}});
  }
  call.attempts = std::max(call.attempts, 1);
  call.cost_micros = call.usage == TokenUsage{} ? 0 : cost_of(price_of(deliberation_.plan, progress_.model_of(name.agent)), call.usage);
  call.duration = std::chrono::floor<std::chrono::milliseconds>(ports_.clock.steady_now() - begun);
  auto why = calls_.find(name)->second.why;
  if (!why && call.outcome == CallOutcome::failed && ports_.clock.steady_now() >= deadline_) why = HangUp::by_time;  // it was first
  if (auto record = as_recorded(std::move(call), why)) {
    take_room(*record);
    finished_.push_back(std::move(*record));
  }
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

void DeliberationRun::take_room(FinishedCall& call) {
  if (call.outcome == CallOutcome::succeeded) {
    auto taken = answers_.take(answer_bytes_of(call));
    if (taken) return;
    give_up_answer(call, std::move(taken).error().message);
  }
  answers_.keep(answer_bytes_of(call));  // why it gave nothing: a sentence
}

boost::asio::awaitable<void> DeliberationRun::ask(std::stop_token stop, FinishedCall& call) {
  Listener listener(*this, call);
  auto answer = co_await ports_.model.ask(question_for(call.name), listener, std::move(stop));
  if (answer) {
    ++call.attempts;
    call.usage += believable(answer->usage);
    call.answer = co_await ports_.extractor.extract(deliberation_.plan->extraction, answer->text);
    call.text = std::move(answer->text);
    call.reasoning = std::move(answer->reasoning);
    call.finish = answer->finish;
  } else {
    call.outcome = CallOutcome::failed;
    call.text = std::move(answer).error().message;
  }
}

boost::asio::awaitable<void> DeliberationRun::verify(std::stop_token stop, FinishedCall& call) {
  const CallName& name = call.name;
  Verification what{
      .plugin = progress_.stage_of(name).plugin,
      .task = deliberation_.request->task_description,
      .proposal = progress_.proposal_for(name),
      .owner = deliberation_.owner,
      .time_max = time_left(),
      .key = deliberation_.id + " " + std::to_string(name.stage) + " " + std::to_string(name.agent) + " " + std::to_string(name.sample)};
  auto score = co_await ports_.verifier.verify(std::move(what), std::move(stop));
  if (score) {
    call.score = *score;
  } else {
    call.outcome = CallOutcome::failed;
    call.text = std::move(score).error().message;
  }
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
  // A try whose answer was lost may have taken effect.
  bool is_repeat = false;
  co_return co_await store([&] {
    return std::exchange(is_repeat, true) ? ports_.store.tell_again(deliberation_.id, events) : ports_.store.tell(deliberation_.id, events);
  });
}

}  // namespace orc
