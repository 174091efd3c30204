// What holds for every plan and every course of events, on random ones.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "domain/deliberation/deliberation_script.h"
#include "domain/deliberation/price.h"
#include "domain/deliberation/spending_room.h"

namespace orc {
namespace {

using Script = DeliberationScript;

Stage random_stage(StageKind kind) {
  return {.kind = kind,
          .samples = *rc::gen::inRange(1u, 4u),
          .quorum = *rc::gen::inRange<std::size_t>(1, 3),
          .on_error = *rc::gen::element(OnError::fail, OnError::skip_stage),
          .stop = *rc::gen::element(EarlyStop::never, EarlyStop::safe_lead),
          .rule = *rc::gen::element(VoteRule::plurality, VoteRule::weighted, VoteRule::ranked),
          .agreement_min = *rc::gen::element(0.3, 0.6, 1.0),
          .plugin = "judge"};
}

PlanFields random_plan() {
  PlanFields plan{.preset = "custom", .stages = {random_stage(StageKind::propose)}};
  const int more = *rc::gen::inRange(0, 5);
  for (int i = 0; i < more; ++i)
    plan.stages.push_back(
        random_stage(*rc::gen::element(StageKind::propose, StageKind::exchange, StageKind::critique, StageKind::revise, StageKind::score,
                                       StageKind::vote, StageKind::verify, StageKind::aggregate, StageKind::escalate)));
  plan.answer_tokens = *rc::gen::inRange(1, 100);
  return plan;
}

// What a call gives depends on its name alone, so that it is the same in whatever order calls end.
FinishedCall outcome_of(CallName name, unsigned seed) {
  const unsigned dice = (name.stage * 7919 + name.agent * 104729 + name.sample * 1299709 + seed) % 11;
  if (dice < 2) return Script::failure(name);
  FinishedCall call = Script::success(name, std::string(1, static_cast<char>('p' + dice % 4)));
  call.score = dice / 10.0;
  return call;
}

RC_GTEST_PROP(deliberation_rules, every_one_ends_and_no_call_is_asked_for_twice, ()) {
  Script script(*rc::gen::inRange<std::size_t>(1, 6), DeliberationPlan::create(random_plan()).value());
  const auto seed = *rc::gen::inRange(0u, 1000u);
  script.play([&](CallName name) { return outcome_of(name, seed); },
              [](std::size_t wanted) { return *rc::gen::inRange<std::size_t>(0, wanted); });
  std::vector<CallName> names;
  for (const FinishedCall& call : script.record) names.push_back(call.name);
  std::ranges::sort(names);
  RC_ASSERT(std::ranges::adjacent_find(names) == names.end());
}

RC_GTEST_PROP(deliberation_rules, a_replay_of_the_record_ends_the_same, ()) {
  Script script(*rc::gen::inRange<std::size_t>(1, 6), DeliberationPlan::create(random_plan()).value());
  const auto seed = *rc::gen::inRange(0u, 1000u);
  const auto end = script.play([&](CallName name) { return outcome_of(name, seed); },
                               [](std::size_t wanted) { return *rc::gen::inRange<std::size_t>(0, wanted); });
  DeliberationProgress again(script.request, script.plan);
  for (const FinishedCall& call : script.record) again.apply(call);
  RC_ASSERT(again.end() == end);
}

RC_GTEST_PROP(deliberation_rules, no_finished_call_is_lost, ()) {
  Script script(*rc::gen::inRange<std::size_t>(1, 6), DeliberationPlan::create(random_plan()).value());
  const auto seed = *rc::gen::inRange(0u, 1000u);
  script.play([&](CallName name) { return outcome_of(name, seed); });
  Spending sum;
  for (const FinishedCall& call : script.record) sum.add(call);
  RC_ASSERT(script.spent == sum);
}

RC_GTEST_PROP(deliberation_rules, without_an_early_stop_the_order_of_arrival_decides_nothing, ()) {
  PlanFields plan = random_plan();
  for (Stage& stage : plan.stages) stage.stop = EarlyStop::never;
  Script script(*rc::gen::inRange<std::size_t>(1, 6), DeliberationPlan::create(plan).value());
  const auto seed = *rc::gen::inRange(0u, 1000u);
  const auto says = [&](CallName name) { return outcome_of(name, seed); };
  const auto in_order = script.play(says);
  const auto mixed = script.play(says, [](std::size_t wanted) { return *rc::gen::inRange<std::size_t>(0, wanted); });
  RC_ASSERT(in_order == mixed);
}

RC_GTEST_PROP(deliberation_rules, no_budget_is_ever_exceeded, ()) {
  PlanFields plan = random_plan();
  plan.budget.calls = *rc::gen::inRange(1, 12);
  plan.budget.tokens = *rc::gen::inRange(1, 6000);
  plan.prices["m"] = {.in = *rc::gen::inRange(0, 5'000'000), .out = *rc::gen::inRange(0, 5'000'000)};
  plan.budget.cost_micros = *rc::gen::inRange(0, 10'000);
  Script script(*rc::gen::inRange<std::size_t>(1, 6), DeliberationPlan::create(plan).value());
  DeliberationProgress progress(script.request, script.plan);
  while (!progress.end()) {
    const CallName name = progress.wanted().at(*rc::gen::inRange<std::size_t>(0, progress.wanted().size()));
    FinishedCall call = outcome_of(name, 1);
    if (progress.stage_of(name).kind != StageKind::verify) {
      // Up to all that its prompt and its limit allow.
      const TokenUsage most = usage_at_most(progress.prompt_for(name), plan.answer_tokens);
      call.usage = {.in = *rc::gen::inRange<std::int64_t>(0, most.in + 1), .out = *rc::gen::inRange<std::int64_t>(0, most.out + 1)};
      call.cost_micros = cost_of(plan.prices["m"], call.usage);
    } else {
      call.usage = {};
    }
    progress.apply(call);
  }
  RC_ASSERT(progress.spent().calls <= plan.budget.calls);
  RC_ASSERT(progress.spent().usage.in + progress.spent().usage.out <= *plan.budget.tokens);
  RC_ASSERT(progress.spent().cost_micros <= *plan.budget.cost_micros);
}

TEST(price, is_rounded_up_and_less_for_what_was_cached) {
  const Price price{.in = 1'000'000, .out = 4'000'000, .cached = 100'000};
  EXPECT_EQ(cost_of(price, {.in = 10, .out = 2}), 18);
  EXPECT_EQ(cost_of(price, {.in = 10, .out = 2, .cached = 10}), 9);
  EXPECT_EQ(cost_of(price, {.in = 1, .cached = 1}), 1);
  EXPECT_EQ(cost_of({}, {.in = 1000, .out = 1000}), 0);
}

}  // namespace
}  // namespace orc
