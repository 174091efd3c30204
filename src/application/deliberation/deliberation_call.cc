// How a run makes one call, from its question to its record.
#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

#include "application/deliberation/deliberation_run.h"
#include "domain/blank.h"
#include "domain/deliberation/price.h"

namespace orc {
namespace {

// An answer without a word would agree with every other such one, and could win.
std::string why_no_text(FinishReason finish, std::int64_t tokens_max) {
  return finish == FinishReason::length ? "the model wrote no text within its " + std::to_string(tokens_max) + " tokens (max_tokens)"
                                        : "the model wrote no text";
}

// A plan that was stored before such seeds were refused may have one with no further ones.
std::int64_t seed_of(std::int64_t first, std::uint32_t sample) {
  return std::min(first, std::numeric_limits<std::int64_t>::max() - sample) + sample;
}

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

boost::asio::awaitable<void> DeliberationRun::make_call(CallName name, VerificationEnds ends) {
  try {
    co_await finish_call(name, std::move(ends));
  } catch (const std::exception&) {
    lost_ = std::current_exception();
  }
  const auto call = calls_.find(name);
  slots_.give_back(call->second.bytes);
  if (call->second.why) --hung_up_;
  calls_.erase(call);
  changed_->wake();
}

boost::asio::awaitable<void> DeliberationRun::finish_call(CallName name, VerificationEnds ends) {
  const SteadyTime begun = ports_.clock.steady_now();
  FinishedCall call{.name = name, .attempts = 0};
  try {
    if (progress_.stage_of(name).kind == StageKind::verify)
      co_await verify(std::move(ends), call);
    else
      co_await ask(std::move(ends.stop), call);
  } catch (const std::exception& fault) {
    call.outcome = CallOutcome::failed;
    give_up_answer(call, words_of(fault));
    call.attempts = std::max(call.attempts, 1);  // nobody knows
    ports_.log.warn("call of a deliberation failed", {{"deliberation_id", deliberation_.id}, {"reason", call.text}});
  }
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
    case HangUp::by_budget:
      call.text = "budget: what the other calls used left no room for it";
      break;
    case HangUp::by_fault:
      call.text = "not needed: the deliberation failed";
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
  if (call.outcome == CallOutcome::succeeded || !call.reasoning.empty()) {
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
    call.reasoning = std::move(answer->reasoning);
    call.finish = answer->finish;
    if (is_blank(answer->text)) {
      call.outcome = CallOutcome::failed;
      call.text = why_no_text(call.finish, deliberation_.plan->answer_tokens);
    } else {
      call.answer = co_await ports_.extractor.extract(deliberation_.plan->extraction, answer->text);
      call.text = std::move(answer->text);
    }
  } else {
    call.outcome = CallOutcome::failed;
    call.text = std::move(answer).error().message;
  }
}

boost::asio::awaitable<void> DeliberationRun::verify(VerificationEnds ends, FinishedCall& call) {
  const CallName& name = call.name;
  call.attempts = 1;
  Verification what{
      .plugin = progress_.stage_of(name).plugin,
      .task = deliberation_.request->task_description,
      .proposal = progress_.proposal_for(name),
      .owner = deliberation_.owner,
      .time_max = time_left(),
      .key = deliberation_.id + " " + std::to_string(name.stage) + " " + std::to_string(name.agent) + " " + std::to_string(name.sample)};
  auto score = co_await ports_.verifier.verify(std::move(what), std::move(ends));
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
          .seed = seed.transform([&](std::int64_t first) { return seed_of(first, name.sample); }),
          .answer_tokens_max = plan.answer_tokens,
          .time_max = time_left(),
          .retries_max = deliberation_.request->constraints->max_retries};
}

std::chrono::milliseconds DeliberationRun::time_left() const {
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(deadline_ - ports_.clock.steady_now()), std::chrono::milliseconds{1});
}

}  // namespace orc
