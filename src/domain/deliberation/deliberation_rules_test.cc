// What holds for every plan and every course of events, on random ones.
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <rapidcheck/gtest.h>
#include <set>

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

// What a call gives depends on its name alone, so that it is the same in whatever order calls end. No two say the same in the same words,
// so that it shows whose were taken; what is extracted from them is the same for many.
FinishedCall outcome_of(CallName name, unsigned seed) {
  const unsigned dice = (name.stage * 7919 + name.agent * 104729 + name.sample * 1299709 + seed) % 11;
  const std::string whose = " of " + std::to_string(name.stage) + " " + std::to_string(name.agent) + " " + std::to_string(name.sample);
  FinishedCall call =
      dice < 2 ? Script::failure(name, "it broke" + whose) : Script::success(name, std::string(1, "pqrs"[dice % 4]) + whose);
  call.usage = {.in = 1 + dice, .out = dice, .cached = dice / 2};
  if (dice < 2) return call;
  if (dice < 10) call.answer = std::string(1, "pqrs"[dice % 4]);  // else it abstains
  call.score = dice / 10.0;
  return call;
}

// Plays a deliberation as a run does: all calls that are wanted are under way at once, any of them ends first, and those that are wanted no
// more are hung up on, which is recorded before any other begins.
class Play {
 public:
  Play(const DeliberationRequest& request, const DeliberationPlan& plan) : progress(request, plan) {}

  // `says` gives what a call that is under way ends with, `stops` the same of one that is hung up on.
  void to_the_end(const std::function<FinishedCall(CallName)>& says, const std::function<FinishedCall(CallName)>& stops,
                  const std::function<std::size_t(std::size_t)>& next) {
    while (!progress.end() || !open.empty()) {
      const auto useless = std::ranges::find_if(open, [&](CallName name) { return !is_wanted(name); });
      if (useless != open.end()) {
        record_of(useless, stops);
        continue;
      }
      for (const CallName name : progress.wanted())
        if (std::ranges::find(open, name) == open.end()) {
          RC_ASSERT(asked.insert(name).second);
          open.push_back(name);
          if (begins) begins(name);
        }
      RC_ASSERT(!open.empty());
      record_of(open.begin() + static_cast<std::ptrdiff_t>(next(open.size())), says);
    }
  }
  void to_the_end(unsigned seed, const std::function<std::size_t(std::size_t)>& next) {
    const auto stops = [seed](CallName name) {
      FinishedCall call{.name = name, .outcome = CallOutcome::stopped, .text = "not needed", .answer = {}, .score = {}};
      call.usage = outcome_of(name, seed).usage;
      return call;
    };
    to_the_end([seed](CallName name) { return outcome_of(name, seed); }, stops, next);
  }

  DeliberationProgress progress;
  std::vector<FinishedCall> record;
  std::vector<CallName> open;
  std::set<CallName> asked;
  std::function<void(CallName)> begins;  // empty: nobody looks

 private:
  bool is_wanted(CallName name) const { return std::ranges::find(progress.wanted(), name) != progress.wanted().end(); }
  void record_of(std::vector<CallName>::iterator which, const std::function<FinishedCall(CallName)>& ends) {
    record.push_back(ends(*which));
    open.erase(which);
    progress.apply(record.back());
  }
};

std::size_t the_first(std::size_t) { return 0; }
std::size_t any(std::size_t count) { return *rc::gen::inRange<std::size_t>(0, count); }

DeliberationPlan random_checked_plan(bool may_stop_early) {
  PlanFields plan = random_plan();
  if (*rc::gen::arbitrary<bool>()) plan.extraction.kind = Extraction::Kind::normalised_text;
  if (!may_stop_early)
    for (Stage& stage : plan.stages) stage.stop = EarlyStop::never;
  return DeliberationPlan::create(std::move(plan)).value();
}

DeliberationRequest random_request() { return Script::request_for(*rc::gen::inRange<std::size_t>(1, 6)); }
unsigned random_seed() { return *rc::gen::inRange(0u, 1000u); }

RC_GTEST_PROP(deliberation_rules, every_one_ends_and_no_call_is_asked_for_twice, ()) {
  const auto request = random_request();
  const auto plan = random_checked_plan(true);
  Play play(request, plan);
  play.to_the_end(random_seed(), any);
  RC_ASSERT(play.progress.wanted().empty());
  RC_ASSERT(play.record.size() == play.asked.size());
}

RC_GTEST_PROP(deliberation_rules, a_replay_of_the_record_ends_the_same, ()) {
  const auto request = random_request();
  const auto plan = random_checked_plan(true);
  Play play(request, plan);
  play.to_the_end(random_seed(), any);
  DeliberationProgress again(request, plan);
  for (const FinishedCall& call : play.record) again.apply(call);
  RC_ASSERT(again.end() == play.progress.end());
  RC_ASSERT(again.spent() == play.progress.spent());
}

RC_GTEST_PROP(deliberation_rules, what_was_recorded_before_a_restart_is_not_asked_for_again, ()) {
  const auto request = random_request();
  const auto plan = random_checked_plan(true);
  const auto seed = random_seed();
  Play first(request, plan);
  first.to_the_end(seed, any);
  const std::size_t recorded = *rc::gen::inRange<std::size_t>(0, first.record.size() + 1);
  Play second(request, plan);
  for (std::size_t i = 0; i < recorded; ++i) {
    second.progress.apply(first.record[i]);
    second.asked.insert(first.record[i].name);
  }
  second.to_the_end(seed, any);  // asserts that nothing is asked for twice
  RC_ASSERT(second.progress.end().has_value());
}

RC_GTEST_PROP(deliberation_rules, every_finished_call_is_counted_once_those_that_came_too_late_too, ()) {
  const auto request = random_request();
  const auto plan = random_checked_plan(true);
  Play play(request, plan);
  play.to_the_end(random_seed(), any);
  std::int64_t calls = 0;
  TokenUsage usage;
  for (const FinishedCall& call : play.record) {
    ++calls;
    usage.in += call.usage.in;
    usage.out += call.usage.out;
    usage.cached += call.usage.cached;
  }
  RC_ASSERT(play.progress.spent().calls == calls);
  RC_ASSERT(play.progress.spent().usage == usage);
}

// Votes and agreement counted anew out of the record, in the plainest way.
RC_GTEST_PROP(deliberation_rules, every_answer_counts_once_in_the_decision, ()) {
  const bool votes = *rc::gen::arbitrary<bool>();
  PlanFields fields = *preset_plan(votes ? "vote" : "independent", {.samples = *rc::gen::inRange(1u, 4u)}).value();
  fields.stages.front().stop = EarlyStop::never;
  fields.extraction.kind = Extraction::Kind::normalised_text;
  const auto plan = DeliberationPlan::create(fields).value();
  const auto request = random_request();
  Play play(request, plan);
  play.to_the_end(random_seed(), any);
  auto record = play.record;
  std::ranges::sort(record, {}, [](const FinishedCall& call) { return std::pair(call.name.agent, call.name.sample); });
  std::erase_if(record, [](const FinishedCall& call) { return call.outcome != CallOutcome::succeeded; });
  const auto& end = play.progress.end();
  if (record.empty()) {
    RC_ASSERT(end->status == DeliberationStatus::failed);
    return;
  }
  const auto same = [&](const FinishedCall& call) {
    return std::ranges::count_if(record, [&](const FinishedCall& other) { return call.answer && other.answer == call.answer; });
  };
  const auto voters = std::ranges::count_if(record, [](const FinishedCall& call) { return call.answer.has_value(); });
  const auto score_of = [&](const FinishedCall& call) {
    if (votes) return call.answer ? static_cast<double>(same(call)) / static_cast<double>(voters) : 0.0;
    if (record.size() == 1) return 1.0;
    return call.answer ? static_cast<double>(same(call) - 1) / static_cast<double>(record.size() - 1) : 0.0;
  };
  std::map<std::uint32_t, FinishedCall> best;  // of each agent
  const FinishedCall* winner = &record.front();
  for (const FinishedCall& call : record) {
    const auto known = best.find(call.name.agent);
    if (known == best.end() || score_of(call) > score_of(known->second)) best.insert_or_assign(call.name.agent, call);
    if (score_of(call) > score_of(*winner)) winner = &call;
  }
  const auto& results = (*end->together)->results;
  RC_ASSERT(results.size() == best.size());
  for (const DeliberationResult& result : results) {
    const auto agent = static_cast<std::uint32_t>(result->agent_id[0] - 'a');
    RC_ASSERT(result->proposal == best.at(agent).text);
    RC_ASSERT(std::abs(result->score - score_of(best.at(agent))) < 1e-9);
  }
  RC_ASSERT((*end->decision)->proposal == winner->text);
}

RC_GTEST_PROP(deliberation_rules, without_an_early_stop_the_order_of_arrival_decides_nothing, ()) {
  const auto request = random_request();
  const auto plan = random_checked_plan(false);
  const auto seed = random_seed();
  // A model that is asked in other words may answer otherwise, so that what it is asked must not hang on the order either.
  const auto played = [&](Play& play, std::map<CallName, Prompt>& prompts, const std::function<std::size_t(std::size_t)>& next) {
    play.begins = [&](CallName name) {
      const bool asks_model = play.progress.stage_of(name).kind != StageKind::verify;
      prompts[name] = asks_model ? play.progress.prompt_for(name) : Prompt{.system = {}, .user = play.progress.proposal_for(name)};
    };
    play.to_the_end(seed, next);
  };
  std::map<CallName, Prompt> prompts_in_order;
  std::map<CallName, Prompt> prompts_mixed;
  Play in_order(request, plan);
  played(in_order, prompts_in_order, the_first);
  Play mixed(request, plan);
  played(mixed, prompts_mixed, any);
  RC_ASSERT(in_order.progress.end() == mixed.progress.end());
  RC_ASSERT(prompts_in_order == prompts_mixed);
}

// Three answers among up to twenty ballots, so that most votes are split and many are close.
RC_GTEST_PROP(deliberation_rules, a_vote_with_a_safe_lead_ends_with_the_answer_of_all, ()) {
  PlanFields fields = *preset_plan("vote", {.samples = *rc::gen::inRange(1u, 5u)}).value();
  fields.extraction.kind = Extraction::Kind::normalised_text;
  fields.stages[0].rule = fields.stages[1].rule = *rc::gen::element(VoteRule::plurality, VoteRule::weighted);
  for (const char* agent : {"a", "b", "c"}) fields.agents[agent] = {.weight = *rc::gen::element(0.1, 0.3, 0.4, 1.0, 2.0)};
  fields.stages[0].stop = EarlyStop::safe_lead;
  const auto early = DeliberationPlan::create(fields).value();
  fields.stages[0].stop = EarlyStop::never;
  const auto patient = DeliberationPlan::create(fields).value();
  const auto request = Script::request_for(*rc::gen::inRange<std::size_t>(3, 6));
  const auto seed = random_seed();
  Play some(request, early);
  some.to_the_end(seed, any);
  Play all(request, patient);
  all.to_the_end(seed, any);
  const auto answer_in = [](const Play& play) {
    const auto& end = *play.progress.end();
    return end.decision ? (*end.decision)->metadata.contains("answer") ? (*end.decision)->metadata.at("answer") : "none" : "failed";
  };
  RC_CLASSIFY(std::ranges::count(some.record, CallOutcome::stopped, &FinishedCall::outcome) > 0, "ends early");
  RC_ASSERT(answer_in(some) == answer_in(all));
}

// With all calls under way at once, each of which may use all that it may, and those that are hung up on too.
RC_GTEST_PROP(deliberation_rules, no_budget_is_ever_exceeded, ()) {
  PlanFields fields = random_plan();
  fields.budget.calls = *rc::gen::inRange(1, 12);
  if (*rc::gen::arbitrary<bool>()) fields.budget.tokens = *rc::gen::inRange(1, 6000);
  fields.prices["m"] = {
      .in = *rc::gen::inRange(0, 5'000'000), .out = *rc::gen::inRange(0, 5'000'000), .cached = *rc::gen::inRange(0, 5'000'000)};
  if (*rc::gen::arbitrary<bool>()) fields.budget.cost_micros = *rc::gen::inRange(0, 10'000);
  const bool is_greedy = *rc::gen::arbitrary<bool>();
  const auto request = random_request();
  const auto plan = DeliberationPlan::create(fields).value();
  Play play(request, plan);
  std::map<CallName, TokenUsage> most;
  play.begins = [&](CallName name) {
    const bool asks_model = play.progress.stage_of(name).kind != StageKind::verify;
    most[name] = asks_model ? usage_at_most(play.progress.prompt_for(name), plan->answer_tokens) : TokenUsage{};
  };
  const auto used = [&](FinishedCall call) {
    const TokenUsage& all = most.at(call.name);
    call.usage = is_greedy ? all
                           : TokenUsage{.in = *rc::gen::inRange<std::int64_t>(0, all.in + 1),
                                        .out = *rc::gen::inRange<std::int64_t>(0, all.out + 1)};
    call.usage.cached = *rc::gen::inRange<std::int64_t>(0, call.usage.in + 1);
    call.cost_micros = cost_of(plan->prices.at("m"), call.usage);
    return call;
  };
  const auto seed = random_seed();
  play.to_the_end(
      [&](CallName name) { return used(outcome_of(name, seed)); },
      [&](CallName name) { return used({.name = name, .outcome = CallOutcome::stopped, .text = "not needed", .answer = {}, .score = {}}); },
      any);
  const Spending& spent = play.progress.spent();
  RC_ASSERT(spent.calls <= plan->budget.calls);
  if (plan->budget.tokens) RC_ASSERT(spent.usage.in + spent.usage.out <= *plan->budget.tokens);
  if (plan->budget.cost_micros) RC_ASSERT(spent.cost_micros <= *plan->budget.cost_micros);
}

// Whatever comes in which order: as if all that has come were counted anew.
RC_GTEST_PROP(deliberation_rules, a_vote_that_is_counted_while_answers_come_is_the_vote, ()) {
  const auto voters = *rc::gen::inRange<std::size_t>(1, 12);
  Stage stage{.kind = StageKind::propose,
              .quorum = *rc::gen::inRange<std::size_t>(1, 4),
              .stop = *rc::gen::element(EarlyStop::never, EarlyStop::safe_lead),
              .rule = *rc::gen::element(VoteRule::plurality, VoteRule::weighted, VoteRule::ranked)};
  std::vector<double> weights;
  for (std::size_t i = 0; i < voters; ++i) weights.push_back(*rc::gen::element(0.1, 0.5, 1.0, 3.0));
  EarlyVote vote(weights);
  std::vector<std::optional<Ballot>> said(voters);
  std::vector<bool> is_open(voters, true);
  for (std::size_t heard = 0; heard < voters; ++heard) {
    const auto place = *rc::gen::suchThat(rc::gen::inRange<std::size_t>(0, voters), [&](std::size_t one) { return is_open[one]; });
    is_open[place] = false;
    const auto voice = *rc::gen::element<std::string>("", "a", "b", "c", "failed");
    if (voice == "failed") {
      vote.miss(place);
    } else {
      vote.hear(place, voice.empty() ? std::nullopt : std::optional(voice));
      said[place] = Ballot{.choices = {}, .weight = weights[place]};
      if (!voice.empty()) said[place]->choices.push_back(voice);
    }
    std::vector<Ballot> ballots;
    double outstanding = 0;
    for (std::size_t i = 0; i < voters; ++i) {
      if (said[i]) ballots.push_back(*said[i]);
      if (is_open[i]) outstanding += stage.rule == VoteRule::weighted ? weights[i] : 1;
    }
    const bool is_decided = stage.stop != EarlyStop::never && ballots.size() >= stage.quorum &&
                            lead_is_safe(stage.rule, count(stage.rule, ballots), outstanding);
    RC_ASSERT(vote.is_decided(stage) == is_decided);
  }
}

TEST(price, is_rounded_up_and_less_for_what_was_cached) {
  const Price price{.in = 1'000'000, .out = 4'000'000, .cached = 100'000};
  EXPECT_EQ(cost_of(price, {.in = 10, .out = 2}), 18);
  EXPECT_EQ(cost_of(price, {.in = 10, .out = 2, .cached = 10}), 9);
  EXPECT_EQ(cost_of(price, {.in = 1, .cached = 1}), 1);
  EXPECT_EQ(cost_of({}, {.in = 1000, .out = 1000}), 0);
}

TEST(price, has_a_bound_so_that_sums_of_it_can_be_counted) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(cost_of({.in = most, .out = most, .cached = most}, {.in = most, .out = most, .cached = 0}), cost_micros_max);
}

// A server may have more of a prompt already than one would think, and what was cached may be the dearer.
TEST(budget, of_money_has_room_for_a_prompt_that_was_cached_at_a_higher_price) {
  PlanFields fields = *preset_plan("independent", {}).value();
  fields.prices["m"] = {.in = 0, .out = 0, .cached = 1'000'000};
  fields.budget.cost_micros = 100;
  const auto request = Script::request_for(1);
  const auto plan = DeliberationPlan::create(fields).value();
  const DeliberationProgress progress(request, plan);
  EXPECT_TRUE(progress.wanted().empty());
}

}  // namespace
}  // namespace orc
