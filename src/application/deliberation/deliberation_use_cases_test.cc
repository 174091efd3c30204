#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "application/deliberation/execute_backlog_review_deliberation.h"
#include "application/deliberation/get_active_jobs.h"
#include "application/deliberation/get_deliberation_status.h"
#include "application/deliberation/get_stats.h"
#include "domain/deliberation/presets.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_deliberation_parts.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/memory_deliberation_store.h"
#include "tests/fakes/memory_plugin_store.h"
#include "tests/fakes/memory_readiness.h"

namespace orc {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""h;
using testing::HasSubstr;

class deliberation_use_cases : public testing::Test {
 protected:
  static DeliberationInput input(std::string task = "t-1") {
    return {.task_id = std::move(task),
            .task_description = "Name a prime above 10.",
            .role = "DEV",
            .constraints = ConstraintsInput{.story_id = "s-1", .metadata = {}},
            .agents = {{.id = "a-1", .role = "DEV", .model = "m"}, {.id = "a-2", .role = "QA", .model = "m"}},
            .vllm_url = "http://127.0.0.1:8000",
            .vllm_model = "m"};
  }

  std::string submit(DeliberationInput made = input()) { return ok(execute.run(std::move(made))).deliberation_id; }

  ExecuteDeliberation::Ports ports(RandomSource& its_random) {
    return {.store = store, .model = model, .plugins = plugins, .signals = signals, .clock = clock, .random = its_random};
  }

  static DeliberationEnd completed() {
    return {.status = DeliberationStatus::completed,
            .decision = DeliberationResult::create({.agent_id = "a-1", .proposal = "11", .score = 1, .metadata = {}}).value()};
  }

  FakeClock clock;
  MemoryState state{clock};
  MemoryDeliberationStore store{state};
  ClosedModel model;
  MemoryPluginReader plugins{state};
  MemoryPluginStore plugin_store{state};
  RecordingDeliberationSignals signals;
  FakeRandom random;
  ExecuteDeliberation execute{ports(random), {}};
  ExecuteBacklogReviewDeliberation execute_review{execute};
  GetDeliberationStatus get_status{store};
  GetStats get_stats{store, clock};
  GetActiveJobs get_active{store, clock};

  Async<Deliberation> status_of(std::string id) {
    return get_status.run(std::move(id), [](std::int64_t) { return true; });
  }
};

TEST_F(deliberation_use_cases, a_submission_is_stored_and_told) {
  const auto taken = ok(execute.run(input()));
  EXPECT_EQ(taken.task_id, "t-1");
  EXPECT_THAT(taken.deliberation_id, testing::StartsWith("deliberation-t-1-1714550400-"));
  EXPECT_EQ(signals.submitted_ids, std::vector{taken.deliberation_id});
  const Deliberation stored = ok(status_of(taken.deliberation_id));
  EXPECT_EQ(stored.status(), DeliberationStatus::running);
  EXPECT_EQ(stored.plan->preset, "independent");
  EXPECT_EQ(stored.request->constraints->timeout, 300s);
  EXPECT_EQ(stored.request->constraints->max_retries, 3);
}

TEST_F(deliberation_use_cases, the_same_task_twice_is_two_deliberations) { EXPECT_NE(submit(), submit()); }

TEST_F(deliberation_use_cases, an_id_that_is_taken_already_is_drawn_again) {
  const std::string taken = submit();
  FakeRandom again;  // begins with the same one
  ExecuteDeliberation elsewhere{ports(again), {}};
  EXPECT_NE(ok(elsewhere.run(input())).deliberation_id, taken);
}

TEST_F(deliberation_use_cases, what_deliberations_of_a_user_may_use_in_a_day_is_bounded_together) {  // L10
  ExecuteDeliberation bounded{ports(random), 100'000};
  const UserId ada{1};
  const auto made = [&](UserId owner, std::optional<std::int64_t> tokens) {
    DeliberationInput one = input();
    one.owner = owner;
    PlanFields plan = *preset_plan("independent", {}).value();
    plan.budget.tokens = tokens;
    one.plan = DeliberationPlan::create(std::move(plan)).value();
    return one;
  };
  const auto refusal = [&](std::int64_t tokens) { return error_of(bounded.run(made(ada, tokens))); };
  const std::string first = ok(bounded.run(made(ada, 70'000))).deliberation_id;
  const std::string second = ok(bounded.run(made(ada, {}))).deliberation_id;
  EXPECT_EQ(ok(store.get(second)).plan->budget.tokens, 10'000);
  EXPECT_EQ(refusal(20'001).code, ErrorCode::resource_exhausted);
  EXPECT_THAT(refusal(20'001).message, AllOf(HasSubstr("user budget: of 100000 tokens a day 80000 are used"), HasSubstr("may use 20001")));
  EXPECT_EQ(refusal(100'001),
            (Error{ErrorCode::invalid_argument,
                   "options.budget.tokens is 100001, but the deliberations of an account may use 100000 together in a day "
                   "(--user-tokens-per-day)"}));
  EXPECT_EQ(refusal(std::numeric_limits<std::int64_t>::max()).code, ErrorCode::invalid_argument) << "no wait would help";
  const auto faults = ok(bounded.faults_of(made(ada, 100'001)));
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].loc, (FieldPlace{"options", "budget", "tokens"}));
  ok(bounded.run(made(UserId{2}, 100'000)));
  ok(bounded.run(input()));
  ok(store.record(first, {.name = {}, .outcome = CallOutcome::succeeded, .text = "11", .usage = {.in = 30, .out = 20}}));
  EXPECT_EQ(refusal(20'001).code, ErrorCode::resource_exhausted) << "it runs, and may use all of it";
  ok(store.end(first, completed()));
  ok(bounded.run(made(ada, 85'000)));
  EXPECT_EQ(refusal(5'000).code, ErrorCode::resource_exhausted);
  clock.advance(24h);
  EXPECT_EQ(refusal(5'000).code, ErrorCode::resource_exhausted);
  clock.advance(1ms);
  ok(bounded.run(made(ada, 100'000)));
}

TEST_F(deliberation_use_cases, of_two_that_come_at_once_the_second_sees_what_the_first_may_use) {  // L10
  ExecuteDeliberation bounded{ports(random), 100'000};
  const auto run = [&](std::int64_t tokens) {
    DeliberationInput one = input();
    one.owner = UserId{1};
    PlanFields plan = *preset_plan("independent", {}).value();
    plan.budget.tokens = tokens;
    one.plan = DeliberationPlan::create(std::move(plan)).value();
    return bounded.run(std::move(one));
  };
  std::optional<Error> second;
  store.before_tokens = [&]() -> Async<void> {
    auto other = co_await run(60'000);
    if (!other) second = other.error();
    co_return Result<void>{};
  };
  ok(run(60'000));
  ASSERT_TRUE(second);
  EXPECT_THAT(second->message, HasSubstr("user budget"));
  ok(run(40'000));
}

TEST_F(deliberation_use_cases, an_id_is_one_segment_of_a_path_whatever_the_task_is_called) {
  const auto id_for = [&](std::string task_id) { return ok(execute.run(input(std::move(task_id)))).deliberation_id; };
  EXPECT_THAT(id_for("a/b\\c"), testing::StartsWith("deliberation-a_b_c-"));
  EXPECT_EQ(ok(status_of(id_for("a/b"))).request->task_id, "a/b");
  EXPECT_THAT(id_for("ceremony-1:story-2 %;?"), testing::StartsWith("deliberation-ceremony-1:story-2 %;?-"));
}

TEST_F(deliberation_use_cases, what_breaks_an_invariant_is_refused_naming_the_field) {
  using Spoil = void (*)(DeliberationInput&);
  const std::pair<const char*, Spoil> cases[] = {
      {"constraints", [](auto& made) { made.constraints.reset(); }},
      {"story_id", [](auto& made) { made.constraints->story_id = " "; }},
      {"timeout_seconds", [](auto& made) { made.constraints->timeout_seconds = 2'147'483'647; }},
      {"max_retries", [](auto& made) { made.constraints->max_retries = -1; }},
      {"max_retries", [](auto& made) { made.constraints->max_retries = 1'000'000; }},
      {"agents[1].agent_id", [](auto& made) { made.agents[1].id = "a\nb"; }},
      {"agents", [](auto& made) { made.agents.clear(); }},
      {"task_id", [](auto& made) { made.task_id = ""; }},
  };
  for (const auto& [name, spoil] : cases) {
    DeliberationInput made = input();
    spoil(made);
    const Error error = error_of(execute.run(std::move(made)));
    EXPECT_EQ(error.code, ErrorCode::invalid_argument) << name;
    EXPECT_THAT(error.message, HasSubstr(name));
  }
  EXPECT_TRUE(signals.submitted_ids.empty());
}

TEST_F(deliberation_use_cases, all_faults_are_told_with_their_places) {
  DeliberationInput made = input();
  made.task_id = "";
  made.constraints->story_id = " ";
  made.constraints->max_retries = -1;
  made.agents[0].role = "";
  made.agents[0].model = "";
  made.agents[1].id = "a\nb";
  made.agents.push_back(made.agents[1]);
  std::string told;
  for (const FieldFault& fault : ok(execute.faults_of(made))) {
    for (const FieldStep& step : fault.loc)
      told +=
          "/" + (std::holds_alternative<std::string>(step) ? std::get<std::string>(step) : std::to_string(std::get<std::int64_t>(step)));
    told += " ";
  }
  EXPECT_EQ(
      told,
      "/task_id /constraints/story_id /constraints/max_retries /agents/0/role /agents/0/model /agents/1/id /agents/2/id /agents/2/id ");
  made = input();
  made.plan = preset_plan("cascade", {.cheap = {"a-1"}, .strong = {"a-3"}}).value();
  ASSERT_EQ(ok(execute.faults_of(made)).size(), 1u);
  EXPECT_EQ(ok(execute.faults_of(made))[0].loc, (FieldPlace{"options", "strong"}));
  EXPECT_TRUE(ok(execute.faults_of(input())).empty());
}

TEST_F(deliberation_use_cases, an_endpoint_that_is_not_allowed_is_refused_before_anything_is_stored) {
  DeliberationInput made = input();
  made.vllm_url = "http://169.254.169.254";
  EXPECT_THAT(error_of(execute.run(made)).message, testing::StartsWith("vllm_url http://169.254.169.254 is not"));
  made = input();
  PlanFields plan = *preset_plan("independent", {}).value();
  plan.agents["a-2"] = {.endpoint = "http://169.254.169.254"};
  made.plan = DeliberationPlan::create(plan).value();
  EXPECT_EQ(error_of(execute.run(made)),
            (Error{ErrorCode::permission_denied, "options.agents.a-2.endpoint http://169.254.169.254 is not allowed"}));
  plan.agents.clear();
  plan.endpoints = {"http://127.0.0.1:8000", "http://10.0.0.1"};
  made.plan = DeliberationPlan::create(plan).value();
  EXPECT_THAT(error_of(execute.run(made)).message, testing::StartsWith("options.endpoints.1 http://10.0.0.1 is not"));
  EXPECT_EQ(ok(store.list({})).total, 0);
}

// Found out later, all proposals would have been paid for nothing.
TEST_F(deliberation_use_cases, a_verifier_that_is_not_there_or_takes_no_jobs_is_refused_before_anything_is_stored) {
  const auto refused = [&](DeliberationPlan plan, const FieldPlace& place, const char* why) {
    DeliberationInput made = input();
    made.plan = std::move(plan);
    const auto faults = ok(execute.faults_of(made));
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults[0].loc, place);
    const Error error = error_of(execute.run(made));
    EXPECT_EQ(error.code, ErrorCode::invalid_argument);
    EXPECT_EQ(error.message, faults[0].msg);
    EXPECT_THAT(error.message, HasSubstr(why));
  };
  const auto of_preset = preset_plan("best_of_n", {.verifier = "judge"}).value();
  refused(of_preset, {"options", "verifier"}, "options.verifier is the plugin 'judge', which there is not");
  const auto own =
      DeliberationPlan::create({.preset = "custom", .stages = {{}, {.kind = StageKind::verify, .agents = {}, .plugin = "judge"}}}).value();
  refused(own, {"options", "stages", std::int64_t{1}, "plugin"}, "options.stages.1.plugin");
  const Plugin judge = ok(plugin_store.add({.name = "judge", .version = "1", .description = "", .spec = {}}));
  ok(plugin_store.change(judge.id, {.is_active = false}));
  refused(of_preset, {"options", "verifier"}, "not active");
  EXPECT_EQ(ok(store.list({})).total, 0);
  ok(plugin_store.change(judge.id, {.is_active = true}));
  DeliberationInput made = input();
  made.plan = of_preset;
  ok(execute.run(made));
}

TEST_F(deliberation_use_cases, a_plan_for_other_agents_is_refused) {
  DeliberationInput made = input();
  made.plan = preset_plan("cascade", {.cheap = {"a-1"}, .strong = {"a-3"}}).value();
  EXPECT_THAT(error_of(execute.run(made)).message, HasSubstr("a-3"));
}

TEST_F(deliberation_use_cases, a_backlog_review_has_a_task_id_of_its_form_and_carries_its_story) {
  EXPECT_THAT(error_of(execute_review.run(input("t-1"))).message, HasSubstr("task_id"));
  const auto taken = ok(execute_review.run(input("ceremony-1:story-2:role-DEV")));
  EXPECT_EQ(ok(status_of(taken.deliberation_id)).request->constraints->metadata.at("story_id"), "s-1");
}

TEST_F(deliberation_use_cases, one_that_is_not_there_is_named) {
  const Error error = error_of(status_of("../x"));
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_EQ(error.message, "Deliberation ../x not found");
}

TEST_F(deliberation_use_cases, stats_come_from_the_store) {
  const std::string first = submit();
  const std::string second = submit();
  submit();
  clock.advance(1500ms);
  ok(store.end(first, completed()));
  ok(store.end(second, {.status = DeliberationStatus::failed, .error = "all agents failed"}));
  const auto now = ok(get_stats.run());
  EXPECT_EQ(*now.stats, (FiguresFields{.total = 3, .active = 1, .completed = 1, .failed = 1, .average_time_ms = 1500}));
  EXPECT_EQ(now.uptime, 1s);
  EXPECT_EQ(to_word(now.health), "healthy");
}

TEST_F(deliberation_use_cases, active_jobs_are_those_that_run_as_ray_would_tell_them) {
  const std::string first = submit();
  const std::string second = submit();
  ok(store.end(first, completed()));
  clock.advance(330s);
  ok(store.tell(second, {{.kind = EventKind::phase}}));
  const auto jobs = ok(get_active.run(100'000)).jobs;
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0]->job_id, second);
  EXPECT_EQ(jobs[0]->submission_id, second);
  EXPECT_EQ(jobs[0]->name, "vllm-agent-job-" + second);
  EXPECT_EQ(to_word(jobs[0]->status), "RUNNING");
  EXPECT_EQ(jobs[0]->runtime, "5m 30s");
  EXPECT_EQ(jobs[0]->start_time_seconds, 1714550400);
  EXPECT_FALSE(jobs[0]->end_time_seconds);
}

TEST_F(deliberation_use_cases, one_whose_calls_have_not_begun_is_pending) {
  submit();
  EXPECT_EQ(to_word(ok(get_active.run(100'000)).jobs.at(0)->status), "PENDING");
}

TEST_F(deliberation_use_cases, what_an_account_owns_is_not_told_to_who_has_none) {  // attacks.md, G11
  const std::string nobodys = submit();
  DeliberationInput theirs = input();
  theirs.owner = UserId{7};
  const std::string owned = ok(execute.run(std::move(theirs))).deliberation_id;
  EXPECT_EQ(ok(status_of(nobodys)).id, nobodys);
  const Error hidden = error_of(status_of(owned));
  EXPECT_EQ(hidden.code, ErrorCode::not_found);
  EXPECT_EQ(hidden.message, "Deliberation " + owned + " not found");
  const ActiveJobs active = ok(get_active.run(100'000));
  ASSERT_EQ(active.jobs.size(), 1U);
  EXPECT_EQ(active.jobs[0]->job_id, nobodys);
  EXPECT_EQ(active.total, 2);
}

TEST_F(deliberation_use_cases, all_active_jobs_are_told_and_how_many_did_not_fit) {
  constexpr int count = 2 * GetActiveJobs::page + 5;
  std::string first;
  for (int i = 0; i < count; ++i) first = first.empty() ? submit() : (submit(), first);
  const ActiveJobs all = ok(get_active.run(1'000'000));
  EXPECT_EQ(all.jobs.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(all.total, count);
  const ActiveJobs some = ok(get_active.run(10'000));
  EXPECT_LT(some.jobs.size(), 50u);
  EXPECT_GT(some.jobs.size(), 10u);
  EXPECT_EQ(some.jobs[0]->job_id, first);
  EXPECT_EQ(some.total, count);
}

TEST_F(deliberation_use_cases, it_is_degraded_while_something_that_it_depends_on_is_not_ready) {
  MemoryReadiness takes_changes(state);
  get_stats.depend_on(takes_changes);
  EXPECT_EQ(to_word(ok(get_stats.run()).health), "healthy");
  state.faults.changes_fail = true;
  clock.advance(1s);
  EXPECT_EQ(to_word(ok(get_stats.run()).health), "degraded");
}

}  // namespace
}  // namespace orc
