#include "adapters/metrics/metrics.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "adapters/metrics/measured_callback_store.h"
#include "adapters/metrics/measured_deliberation_store.h"
#include "adapters/metrics/measured_job_store.h"
#include "adapters/metrics/measured_language_model.h"
#include "adapters/metrics/measured_requests.h"
#include "adapters/metrics/metrics_page.h"
#include "domain/deliberation/deliberation_script.h"
#include "tests/fakes/fake_wake_ups.h"
#include "tests/fakes/memory_stores.h"
#include "tests/fakes/scripted_model.h"

namespace orc {
namespace {

template <typename T>
T run(boost::asio::awaitable<T> work) {
  boost::asio::io_context io;
  std::optional<T> answer;
  boost::asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& failed, T value) {
    if (failed) std::rethrow_exception(failed);
    answer = std::move(value);
  });
  io.run();
  return std::move(*answer);
}

const ByteBudget budget(0, 0);

bool tells(const std::string& text, std::string_view line) { return text.contains(std::string(line) + "\n"); }

TEST(metrics, requests_are_told_by_route_method_and_status) {
  Metrics metrics;
  metrics.request_answered("GET", "/api/v1/jobs/{id}", 200, std::chrono::milliseconds{3});
  metrics.request_answered("GET", "/api/v1/jobs/{id}", 200, std::chrono::milliseconds{3});
  metrics.request_answered("BREW", "", 400, std::chrono::milliseconds{3});
  const std::string text = metrics.text();
  EXPECT_TRUE(tells(text, R"(orc_http_requests_total{method="GET",route="/api/v1/jobs/{id}",status="200"} 2)")) << text;
  EXPECT_TRUE(tells(text, R"(orc_http_requests_total{method="other",route="refused",status="400"} 1)")) << text;
  EXPECT_TRUE(tells(text, R"(orc_http_request_seconds_bucket{method="GET",route="/api/v1/jobs/{id}",le="0.005"} 2)")) << text;
}

TEST(metrics, every_outcome_and_status_is_told_before_it_happens) {
  MemoryStores stores;
  Metrics metrics;
  const std::string text =
      run(MetricsPage(metrics, stores.job_reader, stores.workers, stores.callbacks, stores.deliberations, nullptr, budget).text());
  for (const std::string_view line : {R"(orc_attempts_total{outcome="worker_lost"} 0)", R"(orc_jobs{status="cancelled"} 0)",
                                      "orc_queue_oldest_wait_seconds 0", R"(orc_metrics_unread_total{figure="job_counts"} 0)"})
    EXPECT_TRUE(tells(text, line)) << line << "\n" << text;
}

TEST(metrics, who_runs_plugins_is_told) {
  MemoryStores stores;
  Metrics metrics;
  MetricsPage page(metrics, stores.job_reader, stores.workers, stores.callbacks, stores.deliberations, nullptr, budget);
  const auto first = run(stores.workers.add({.name = "a", .slots = 3}));
  const auto second = run(stores.workers.add({.name = "b", .slots = 2}));
  const auto plugin = run(stores.plugins.add({.name = "a", .version = "1.0.0", .description = "", .spec = {.command = {"x"}}}));
  const NewJob job{.plugin = plugin->id, .version = plugin->current.id, .plugin_name = "a", .input = {.text = "{}"}, .share_key = "s"};
  ASSERT_TRUE(run(stores.jobs.submit({job, job, job})));
  ASSERT_EQ(run(stores.jobs.claim(*first, 2))->jobs.size(), 2U);
  ASSERT_EQ(run(stores.jobs.claim(*second, 2))->jobs.size(), 1U);
  ASSERT_TRUE(run(stores.workers.set_intake(*second, WorkerIntake::draining)));
  const std::string text = run(page.text());
  for (const std::string_view line : {R"(orc_workers{state="active"} 1)", R"(orc_workers{state="draining"} 1)", "orc_worker_slots 3",
                                      R"(orc_worker_runs{state="active"} 2)", R"(orc_worker_runs{state="draining"} 1)"})
    EXPECT_TRUE(tells(text, line)) << line << "\n" << text;
}

TEST(metrics, each_listener_tells_its_own_connections) {
  struct Silent final : HttpObserver {
    void request_finished(const FinishedRequest&) override {}
    void connections_changed(std::size_t) override {}
    void connection_cut(HttpCut, std::string_view) override {}
    void handler_failed(std::string_view, std::string_view) override {}
  } next;
  Metrics metrics;
  MeasuredRequests api(next, metrics, "api");
  MeasuredRequests registry(next, metrics, "registry");
  api.connections_changed(3);
  registry.connections_changed(1);
  api.connection_cut(HttpCut::slow_body, "192.0.2.7");
  const std::string text = metrics.text();
  EXPECT_TRUE(tells(text, R"(orc_http_connections{listener="api"} 3)")) << text;
  EXPECT_TRUE(tells(text, R"(orc_http_connections{listener="registry"} 1)")) << text;
  EXPECT_TRUE(tells(text, R"(orc_http_connections_cut_total{reason="slow_body"} 1)")) << text;
}

TEST(metrics, commits_are_told_by_time_and_size) {
  Metrics metrics;
  metrics.commit_done(std::chrono::milliseconds{4}, 30, 2);
  metrics.commit_failed();
  const std::string text = metrics.text();
  EXPECT_TRUE(tells(text, R"(orc_commit_seconds_bucket{le="0.005"} 1)")) << text;
  EXPECT_TRUE(tells(text, R"(orc_commit_operations_sum 30)")) << text;
  EXPECT_TRUE(tells(text, R"(orc_commits_failed_total 1)")) << text;
}

TEST(metrics, jobs_and_attempts_are_counted_on_their_way_to_the_store) {
  MemoryStores stores;
  Metrics metrics;
  MeasuredJobStore store(stores.jobs, metrics);
  MetricsPage page(metrics, stores.job_reader, stores.workers, stores.callbacks, stores.deliberations, nullptr, budget);
  const auto plugin = run(stores.plugins.add({.name = "a", .version = "1.0.0", .description = "", .spec = {.command = {"x"}}}));
  const NewJob job{.plugin = plugin->id, .version = plugin->current.id, .plugin_name = "a", .input = {.text = "{}"}, .share_key = "s"};
  ASSERT_TRUE(run(store.submit({job, job})));
  const auto worker = run(stores.workers.add({.name = "w"}));
  const auto claim = run(store.claim(*worker, 1));
  ASSERT_EQ(claim->jobs.size(), 1U);
  const AttemptEnd end{.id = claim->jobs[0].id,
                       .fence = claim->jobs[0].fence,
                       .trigger = JobTrigger::failed_for_good,
                       .outcome = AttemptOutcome::timed_out,
                       .message = "too long",
                       .usage = {.cpu = std::chrono::milliseconds{1500},
                                 .peak_bytes = 2'000'000,
                                 .wall = std::chrono::milliseconds{2500},
                                 .bytes_in = 7,
                                 .bytes_out = 9}};
  ASSERT_TRUE(run(store.finish(end)));
  ASSERT_FALSE(run(store.finish(end)));
  const std::string text = run(page.text());
  for (const std::string_view line :
       {"orc_jobs_submitted_total 2", "orc_jobs_claimed_total 1", R"(orc_attempts_total{outcome="timed_out"} 1)",
        "orc_attempts_cpu_seconds_total 1.5", "orc_attempts_wall_seconds_total 2.5", R"(orc_attempt_peak_bytes_bucket{le="4000000"} 1)",
        "orc_attempts_input_bytes_total 7", "orc_attempts_output_bytes_total 9", "orc_stale_attempt_ends_total 1", "orc_queue_depth 1",
        R"(orc_jobs{status="failed"} 1)"})
    EXPECT_TRUE(tells(text, line)) << line << "\n" << text;
}

TEST(metrics, what_was_not_measured_of_an_attempt_is_not_counted) {
  Metrics metrics;
  metrics.attempt_took({.cpu = {}, .peak_bytes = {}, .wall = std::chrono::milliseconds{500}, .bytes_in = 7});
  const std::string text = metrics.text();
  for (const std::string_view line : {"orc_attempts_cpu_seconds_total 0", "orc_attempt_peak_bytes_count 0",
                                      "orc_attempts_wall_seconds_total 0.5", "orc_attempts_input_bytes_total 7"})
    EXPECT_TRUE(tells(text, line)) << line << "\n" << text;
}

TEST(metrics, attempts_that_a_cancellation_cuts_are_counted) {
  MemoryStores stores;
  Metrics metrics;
  MeasuredJobStore store(stores.jobs, metrics);
  ASSERT_TRUE(run(stores.users.add({.email = "ada@example.org"})));
  const auto owner = run(stores.users.add({.email = "bob@example.org"}));
  const auto plugin = run(stores.plugins.add({.name = "a", .version = "1.0.0", .description = "", .spec = {.command = {"x"}}}));
  const NewJob job{.owner = owner->id,
                   .plugin = plugin->id,
                   .version = plugin->current.id,
                   .plugin_name = "a",
                   .input = {.text = "{}"},
                   .share_key = "s"};
  ASSERT_TRUE(run(store.submit({job, job, job, job})));
  const auto worker = run(stores.workers.add({.name = "w", .slots = 2}));
  const auto claim = run(store.claim(*worker, 2));
  ASSERT_EQ(claim->jobs.size(), 2U);
  ASSERT_TRUE(run(store.cancel(claim->jobs[0].id)));
  ASSERT_FALSE(run(store.cancel(claim->jobs[0].id)));
  const auto late = [&](AttemptOutcome outcome) {
    return AttemptEnd{.id = claim->jobs[0].id,
                      .fence = claim->jobs[0].fence,
                      .trigger = JobTrigger::failed_for_good,
                      .outcome = outcome,
                      .usage = {.cpu = std::chrono::milliseconds(1500)}};
  };
  EXPECT_FALSE(run(store.finish(late(AttemptOutcome::cancelled))));
  EXPECT_TRUE(tells(metrics.text(), "orc_attempts_cpu_seconds_total 1.5")) << "what it used counts";
  EXPECT_TRUE(tells(metrics.text(), "orc_stale_attempt_ends_total 0")) << "and is no end that came too late";
  EXPECT_FALSE(run(store.finish(late(AttemptOutcome::failed))));
  EXPECT_TRUE(tells(metrics.text(), "orc_stale_attempt_ends_total 1"));
  ASSERT_TRUE(run(store.cancel(JobId{std::to_underlying(claim->jobs[1].id) + 1}))) << "one that was queued cuts no attempt";
  ASSERT_TRUE(run(stores.users.erase(owner->id)));
  ASSERT_TRUE(run(store.end_orphans(10)));
  EXPECT_TRUE(tells(metrics.text(), R"(orc_attempts_total{outcome="cancelled"} 2)")) << metrics.text();
}

TEST(metrics, tries_of_callbacks_are_counted_and_what_waits_is_told) {
  MemoryStores stores;
  Metrics metrics;
  MeasuredCallbackStore callbacks(stores.callbacks, metrics);
  MetricsPage page(metrics, stores.job_reader, stores.workers, callbacks, stores.deliberations, nullptr, budget);
  const auto plugin = run(stores.plugins.add({.name = "a", .version = "1.0.0", .description = "", .spec = {.command = {"x"}}}));
  NewJob job{.plugin = plugin->id, .version = plugin->current.id, .plugin_name = "a", .input = {.text = "{}"}, .share_key = "s"};
  job.callback_url = "https://hooks.example.org/x";
  const JobId id = run(stores.jobs.submit({job}))->front().id;
  ASSERT_TRUE(run(stores.jobs.cancel(id)));
  EXPECT_TRUE(tells(run(page.text()), "orc_callbacks_waiting 1"));
  const auto due = run(callbacks.claim("https://hooks.example.org", 1));
  ASSERT_EQ(due->size(), 1U);
  ASSERT_TRUE(run(callbacks.record({.id = due->front().id, .number = 1, .state = CallbackState::delivered, .wait = {}, .answer = {}})));
  const std::string text = run(page.text());
  for (const std::string_view line :
       {"orc_callbacks_waiting 0", R"(orc_callback_tries_total{state="delivered"} 1)", R"(orc_callback_tries_total{state="given_up"} 0)"})
    EXPECT_TRUE(tells(text, line)) << line << "\n" << text;
}

FinishedCall call_of(std::int64_t tokens) {
  return {.name = {},
          .text = "eleven",
          .answer = {},
          .score = {},
          .usage = {.in = tokens, .out = 2, .cached = 1},
          .cost_micros = 1'500'000,
          .duration = std::chrono::milliseconds{250}};
}

TEST(metrics, deliberations_are_counted_on_their_way_to_the_store) {
  MemoryStores stores;
  Metrics metrics;
  MeasuredDeliberationStore store(stores.deliberations, metrics.deliberations());
  MetricsPage page(metrics, stores.job_reader, stores.workers, stores.callbacks, store, nullptr, budget);
  EXPECT_TRUE(tells(run(page.text()), R"(orc_deliberations_ended_total{status="failed"} 0)"));
  for (const char* id : {"d", "e"})
    ASSERT_TRUE(run(store.add({.id = id, .request = DeliberationScript::request_for(1), .plan = *preset_plan("vote", {})})));
  ASSERT_TRUE(run(store.record("d", call_of(10))));
  ASSERT_FALSE(run(store.record("d", call_of(10)))) << "it is recorded already, and counts once";
  ASSERT_TRUE(run(store.end("d", {.status = DeliberationStatus::failed, .error = "x"})));
  ASSERT_FALSE(run(store.end("d", {.status = DeliberationStatus::failed, .error = "x"})));
  const std::string text = run(page.text());
  for (const std::string_view line :
       {"orc_deliberations_submitted_total 2", R"(orc_deliberations_ended_total{status="failed"} 1)",
        R"(orc_deliberations{status="running"} 1)", R"(orc_deliberations{status="failed"} 1)",
        R"(orc_deliberation_calls_total{outcome="succeeded"} 1)", R"(orc_deliberation_tokens_total{kind="in"} 10)",
        "orc_deliberation_money_total 1.5", "orc_deliberation_call_seconds_total 0.25"})
    EXPECT_TRUE(tells(text, line)) << line << "\n" << text;
}

TEST(metrics, models_are_counted_by_name_up_to_a_bound) {
  FakeClock clock;
  FakeSignals signals{clock};
  FakeWakeUps wake_ups{signals};
  ScriptedModel scripted{wake_ups, clock};
  Metrics metrics;
  MeasuredLanguageModel model(scripted, metrics.deliberations(), clock);
  struct Nobody final : AnswerListener {
    void wrote(std::string_view) override {}
    void restarted() override {}
    bool may_try_again() override { return true; }
    void was_in_vain(const TokenUsage&) override {}
  } nobody;
  for (std::size_t i = 0; i <= DeliberationMeters::models_max + 1; ++i)
    ASSERT_TRUE(run(model.ask({.model = "m" + std::to_string(i)}, nobody, {})));
  scripted.says = [](const ModelQuestion&) -> Result<ModelAnswer> { return fail(ErrorCode::unavailable, "away"); };
  ASSERT_FALSE(run(model.ask({.model = "m0"}, nobody, {})));
  const std::string text = metrics.text();
  for (const std::string_view line :
       {"orc_model_calls_open 0", R"(orc_model_calls_total{model="m0",outcome="answered"} 1)",
        R"(orc_model_calls_total{model="m0",outcome="unavailable"} 1)", R"(orc_model_calls_total{model="other",outcome="answered"} 2)",
        R"(orc_model_tokens_total{kind="in",model="m0"} 10)"})
    EXPECT_TRUE(tells(text, line)) << line << "\n" << text;
}

TEST(metrics, calls_of_grpc_are_told_by_method_and_code) {
  Metrics metrics;
  metrics.grpc_call_answered("/a.B/C", "OK", std::chrono::milliseconds{3});
  metrics.grpc_call_answered("", "UNIMPLEMENTED", std::chrono::milliseconds{3});
  metrics.grpc_connection_cut("flood");
  const std::string text = metrics.text();
  for (const std::string_view line :
       {R"(orc_grpc_calls_total{code="OK",method="/a.B/C"} 1)", R"(orc_grpc_calls_total{code="UNIMPLEMENTED",method="unknown"} 1)",
        R"(orc_grpc_connections_cut_total{reason="flood"} 1)"})
    EXPECT_TRUE(tells(text, line)) << line << "\n" << text;
}

TEST(metrics, what_cannot_be_read_is_left_out_and_counted) {
  MemoryStores stores;
  Metrics metrics;
  MetricsPage page(metrics, stores.job_reader, stores.workers, stores.callbacks, stores.deliberations, nullptr, budget);
  EXPECT_TRUE(tells(run(page.text()), "orc_queue_depth 0"));
  stores.state.faults.reads_fail = true;
  const std::string text = run(page.text());
  for (const std::string_view gauge : {"\norc_queue_depth ", "\norc_jobs{", "\norc_queue_oldest_wait_seconds ", "\norc_callbacks_waiting ",
                                       "\norc_workers{", "\norc_worker_runs{"})
    EXPECT_FALSE(text.contains(gauge)) << text;
  EXPECT_TRUE(tells(text, R"(orc_metrics_unread_total{figure="job_counts"} 1)")) << text;
  EXPECT_TRUE(tells(text, R"(orc_metrics_unread_total{figure="oldest_wait"} 1)")) << text;
  EXPECT_TRUE(tells(text, R"(orc_metrics_unread_total{figure="callbacks_waiting"} 1)")) << text;
  stores.state.faults.reads_fail = false;
  EXPECT_TRUE(tells(run(page.text()), "orc_queue_depth 0"));
}

TEST(metrics, what_bodies_and_answers_hold_is_told_beside_its_bound) {
  MemoryStores stores;
  Metrics metrics;
  ByteBudget tight(100, 10);
  ByteBudget::Share upload(tight, "192.0.2.7");
  ASSERT_TRUE(upload.try_hold(40, HeldFor::answer));
  const std::string text =
      run(MetricsPage(metrics, stores.job_reader, stores.workers, stores.callbacks, stores.deliberations, nullptr, tight).text());
  EXPECT_TRUE(tells(text, "orc_http_held_bytes 30")) << text;
  EXPECT_TRUE(tells(text, "orc_http_held_bytes_max 100")) << text;
  EXPECT_TRUE(tells(text, R"(orc_http_connections_cut_total{reason="too_many_bytes"} 0)")) << text;
}

}  // namespace
}  // namespace orc
