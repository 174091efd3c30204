// What holds for whole runs, on random ones: whatever models do and whoever cancels, nothing that was used is lost, counted twice or beyond
// the budget, and each call that was begun ends in one record and one event.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>
#include <random>

#include "application/deliberation/cancel_deliberation.h"
#include "application/deliberation/deliberation_runner.h"
#include "application/deliberation/replay_deliberation.h"
#include "domain/deliberation/deliberation_script.h"
#include "domain/deliberation/price.h"
#include "domain/deliberation/spending_room.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/fake_wake_ups.h"
#include "tests/fakes/memory_deliberation_store.h"
#include "tests/fakes/recording_audit_log.h"
#include "tests/fakes/recording_event_log.h"
#include "tests/fakes/scripted_model.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

constexpr unsigned courses = 1000;

class Dice {
 public:
  explicit Dice(unsigned seed) : source_(seed) {}
  // 0 to `most`.
  std::int64_t up_to(std::int64_t most) { return std::uniform_int_distribution<std::int64_t>(0, most)(source_); }
  bool one_in(int n) { return up_to(n - 1) == 0; }
  template <typename T>
  T one_of(std::initializer_list<T> all) {
    return *(all.begin() + up_to(static_cast<std::int64_t>(all.size()) - 1));
  }

 private:
  std::mt19937 source_;
};

// CarelessModel fails, repeats, is late and is hung up on, and keeps books of what all that has used.
class CarelessModel final : public LanguageModel {
 public:
  CarelessModel(Dice& dice, WakeUps& wake_ups, Clock& clock) : dice_(dice), wake_ups_(wake_ups), clock_(clock) {}

  Result<void> admit(std::string_view) const override { return {}; }

  Async<ModelAnswer> ask(ModelQuestion question, AnswerListener& listener, std::stop_token stop) override {
    ++asked;
    const TokenUsage most = usage_at_most({.system = question.system, .user = question.user}, question.answer_tokens_max);
    co_await boost::asio::post(boost::asio::use_awaitable);
    const auto pause = wake_ups_.make();
    const std::stop_callback on_stop(stop, [&] { pause->wake(); });
    for (;;) {
      const SteadyTime ready = clock_.steady_now() + (dice_.one_in(15) ? 1h : std::chrono::milliseconds{20 * dice_.up_to(2)});
      while (clock_.steady_now() < ready && !stop.stop_requested()) co_await pause->wait(ready);
      const TokenUsage some{.in = dice_.up_to(most.in), .out = dice_.up_to(most.out)};
      used += some;
      ++attempts;
      if (!stop.stop_requested() && !dice_.one_in(3)) co_return ModelAnswer{.text = std::string(1, "pqr"[dice_.up_to(2)]), .usage = some};
      listener.was_in_vain(some);
      if (stop.stop_requested()) co_return fail(ErrorCode::conflict, "it was stopped");
      if (dice_.one_in(4) || !listener.may_try_again()) co_return fail(ErrorCode::unavailable, "it broke");
      listener.restarted();
    }
  }

  int asked = 0;
  std::int64_t attempts = 0;
  TokenUsage used;

 private:
  Dice& dice_;
  WakeUps& wake_ups_;
  Clock& clock_;
};

class NoAnswers final : public AnswerExtractor {
 public:
  boost::asio::awaitable<std::optional<std::string>> extract(const Extraction&, std::string_view) override { co_return std::nullopt; }
};

class Course {
 public:
  explicit Course(unsigned seed) : dice_(seed) {}

  void play() {
    ok(store_.add({.id = "d",
                   .request = DeliberationScript::request_for(static_cast<std::size_t>(1 + dice_.up_to(3))),
                   .plan = DeliberationPlan::create(random_plan()).value()}));
    const auto session = [&](auto&&) -> Async<void> {
      const auto executor = co_await boost::asio::this_coro::executor;
      DeliberationRunner runner(executor,
                                {.store = store_,
                                 .model = model_,
                                 .verifier = verifier_,
                                 .extractor = extractor_,
                                 .wake_ups = wake_ups_,
                                 .clock = clock_,
                                 .log = log_},
                                {.deliberations_max = 10, .calls_max = static_cast<std::size_t>(1 + dice_.up_to(10))});
      const auto pause = wake_ups_.make();
      runner.start();
      if (dice_.one_in(4)) {
        co_await pause->wait(clock_.steady_now() + std::chrono::milliseconds{dice_.up_to(200)});
        co_await cancel(runner);
      }
      while (store_.running_now() > 0) co_await pause->wait(clock_.steady_now() + 1s);
      co_await runner.wait(clock_.steady_now());
      co_return Result<void>{};
    };
    ok(session(0));
  }

  void check() {
    const Deliberation done = ok(store_.get("d"));
    const auto calls = ok(store_.calls("d"));
    const std::int64_t verified = std::ssize(verifier_.asked);
    // Each call that was begun is recorded once, and told once, and all that it used is counted.
    EXPECT_EQ(std::ssize(calls), model_.asked + verified);
    EXPECT_EQ(std::ranges::count(state_.events, EventKind::answer, [](const MemoryEvent& one) { return one.stored.event.kind; }),
              std::ssize(calls));
    EXPECT_EQ(state_.events.back().stored.event.kind, EventKind::ended);
    Spending sum;
    for (const FinishedCall& call : calls) sum.add(call);
    EXPECT_EQ(done.spent, sum);
    EXPECT_EQ(sum.calls, model_.attempts + verified);
    EXPECT_EQ(sum.usage, model_.used);
    // And never more than there was.
    const Budget& budget = done.plan->budget;
    EXPECT_LE(sum.calls, budget.calls);
    if (budget.tokens) EXPECT_LE(sum.usage.in + sum.usage.out, *budget.tokens);
    if (budget.cost_micros) EXPECT_LE(sum.cost_micros, *budget.cost_micros);
    EXPECT_GE(sum.cost_micros, cost_of(price_of(done.plan, "m"), sum.usage));
    const auto replayed = replay({.deliberation = done, .calls = calls});
    ASSERT_TRUE(replayed) << replayed.error().message;
    EXPECT_TRUE(replayed->is_same());
  }

 private:
  boost::asio::awaitable<void> cancel(DeliberationRunner& runner) {
    DeliberationAccess access(store_);
    RecordingAuditLog audit(state_);
    CancelDeliberation use_case(store_, access, runner, audit);
    const Actor actor{.kind = Actor::Kind::account, .principal = {.user = UserId{1}, .role = Role::admin}, .from = {}};
    const auto cancelled = co_await use_case.run(actor, "d");
    const auto now = co_await store_.get("d");
    EXPECT_EQ(cancelled.has_value(), now.value().status() == DeliberationStatus::cancelled);
  }

  Stage random_stage(StageKind kind) {
    return {.kind = kind,
            .samples = static_cast<std::uint32_t>(1 + dice_.up_to(1)),
            .quorum = static_cast<std::size_t>(1 + dice_.up_to(1)),
            .on_error = dice_.one_of({OnError::fail, OnError::skip_stage}),
            .stop = dice_.one_of({EarlyStop::never, EarlyStop::safe_lead}),
            .rule = dice_.one_of({VoteRule::plurality, VoteRule::weighted, VoteRule::ranked}),
            .agreement_min = dice_.one_of({0.3, 0.6, 1.0}),
            .plugin = "judge"};
  }

  PlanFields random_plan() {
    PlanFields plan{.preset = "custom", .stages = {random_stage(StageKind::propose)}};
    for (std::int64_t more = dice_.up_to(3); more > 0; --more)
      plan.stages.push_back(
          random_stage(dice_.one_of({StageKind::propose, StageKind::exchange, StageKind::critique, StageKind::revise, StageKind::score,
                                     StageKind::vote, StageKind::verify, StageKind::aggregate, StageKind::escalate})));
    plan.answer_tokens = 1 + dice_.up_to(99);
    plan.prices["m"] = {.in = dice_.up_to(5'000'000), .out = dice_.up_to(5'000'000), .cached = 0};
    if (!dice_.one_in(3)) plan.budget.calls = 1 + dice_.up_to(14);
    if (dice_.one_in(2)) plan.budget.tokens = 1 + dice_.up_to(9'000);
    if (dice_.one_in(2)) plan.budget.cost_micros = dice_.up_to(20'000);
    plan.budget.time = std::chrono::seconds{1 + dice_.up_to(5)};
    return plan;
  }

  Dice dice_;
  FakeClock clock_;
  FakeSignals signals_{clock_};
  FakeWakeUps wake_ups_{signals_};
  MemoryState state_{clock_};
  MemoryDeliberationStore store_{state_};
  CarelessModel model_{dice_, wake_ups_, clock_};
  ScriptedVerifier verifier_;
  NoAnswers extractor_;
  RecordingEventLog log_;
};

TEST(deliberation_courses, nothing_is_lost_counted_twice_or_beyond_the_budget) {
  for (unsigned seed = 0; seed < courses && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Course course(seed);
    course.play();
    course.check();
  }
}

}  // namespace
}  // namespace orc
