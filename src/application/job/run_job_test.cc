#include "application/job/run_job.h"

#include <csignal>
#include <functional>
#include <gtest/gtest.h>

#include "domain/job/verdict.h"
#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

struct RunJobTest : testing::Test {
  FakeWorld world;
  Assignment assigned(NewJob job) {
    world.submit(std::move(job));
    return world.assigned();
  }
  Assignment assigned() { return assigned(world.job_of(world.bob)); }
  Async<JobStatus> run(Assignment job) {
    auto end = co_await world.run_job.run(world.worker, std::move(job));
    if (!end) co_return pass_on(end);
    co_return end->job;
  }

  static PluginOutcome failure(AttemptOutcome how = AttemptOutcome::failed, std::optional<int> exit_code = 1) {
    return {.how = how, .message = "it broke", .exit_code = exit_code};
  }
};

TEST_F(RunJobTest, an_answer_completes_the_job_and_wakes_who_waits) {
  const Assignment job = assigned();
  world.cluster.outcomes = {{.how = AttemptOutcome::succeeded,
                             .output = R"({"a": 1.0})",
                             .log = {{.t = world.clock.now(), .text = "said"}},
                             .exit_code = 0,
                             .usage = {.cpu = 20ms, .peak_bytes = 4096},
                             .isolation = Isolation::container}};
  const FinishedJob end = ok(::orc::run(world.run_job.run(world.worker, job)));
  EXPECT_EQ(end.how, AttemptOutcome::succeeded);
  EXPECT_EQ(end.job, JobStatus::completed);
  EXPECT_EQ(world.job(job.run.job).result->text, R"({"a": 1.0})");
  EXPECT_EQ(world.signals.ended, std::vector{job.run.job});
  const Attempt attempt = ok(world.job_reader.attempts(job.run.job)).at(0);
  EXPECT_EQ(attempt.outcome, AttemptOutcome::succeeded);
  EXPECT_EQ(attempt.isolation, Isolation::container);
  EXPECT_EQ(attempt.usage.peak_bytes, 4096);
  EXPECT_EQ(ok(world.job_reader.log(job.run.job, 1, 10)).total, 1);
}

TEST_F(RunJobTest, a_run_gets_what_its_job_says) {
  NewJob given = world.job_of(world.bob);
  given.input = {.text = {}, .blob = ok(world.blobs.put("{\"long\": 1}"))};
  given.timeout = 7s;
  const Assignment job = assigned(given);
  ok(run(job));
  const PluginRun& run = world.cluster.runs.at(0);
  EXPECT_EQ(run.job, job.run.job);
  EXPECT_EQ(run.fence, job.run.fence);
  EXPECT_EQ(run.attempt, 1);
  EXPECT_EQ(run.version.id, world.echo.current.id);
  EXPECT_EQ(run.input, "{\"long\": 1}");
  EXPECT_EQ(run.timeout, 7s);
}

TEST_F(RunJobTest, without_a_timeout_of_its_own_a_job_has_its_plugins) {
  PluginSpec spec = FakeWorld::folder_spec();
  spec.limits.timeout = 123s;
  world.echo = world.add_plugin("slow", spec);
  ok(run(assigned()));
  EXPECT_EQ(world.cluster.runs.at(0).timeout, 123s);
}

TEST_F(RunJobTest, the_pinned_version_runs_even_after_a_newer_one_came) {
  const Assignment job = assigned();
  ok(world.plugins.change(world.echo.id, {.version = "2.0.0"}));
  EXPECT_EQ(ok(run(job)), JobStatus::completed);
  EXPECT_EQ(world.cluster.runs.at(0).version.version, "1.0.0");
}

TEST_F(RunJobTest, a_failure_is_tried_again_after_1_2_and_4_seconds_and_then_is_dead) {
  const JobId id = world.submit(world.job_of(world.bob));
  world.cluster.outcomes = {failure(), failure(), failure(), failure()};
  for (const auto wait : {1000ms, 2000ms, 4000ms}) {
    EXPECT_EQ(ok(run(world.assigned())), JobStatus::queued);
    EXPECT_EQ(world.job(id).error_message, "it broke");
    EXPECT_EQ(world.job(id).run_at, world.clock.now() + wait);
    EXPECT_TRUE(world.signals.ended.empty());
    world.clock.advance(wait);
  }
  EXPECT_EQ(ok(run(world.assigned())), JobStatus::failed);
  EXPECT_EQ(world.state.jobs.at(id).dead_letter->reason, "it broke");
  EXPECT_EQ(world.signals.ended, std::vector{id});
}

TEST_F(RunJobTest, a_retry_waits_with_jitter) {
  world.random.next_dice = 0.0;
  world.cluster.outcomes = {failure()};
  const Assignment job = assigned();
  ok(run(job));
  EXPECT_EQ(world.job(job.run.job).run_at, world.clock.now() + 800ms);
}

TEST_F(RunJobTest, attempts_are_counted_by_the_jobs_own_limit) {
  NewJob once = world.job_of(world.bob);
  once.attempts_max = 1;
  world.cluster.outcomes = {failure()};
  EXPECT_EQ(ok(run(assigned(once))), JobStatus::failed);
}

TEST_F(RunJobTest, what_no_retry_would_help_fails_at_once) {
  world.cluster.outcomes = {failure(AttemptOutcome::failed, exit_code_bad_input), failure(AttemptOutcome::refused, {})};
  EXPECT_EQ(ok(run(assigned())), JobStatus::failed);
  EXPECT_EQ(ok(run(assigned())), JobStatus::failed);
}

TEST_F(RunJobTest, an_output_that_does_not_fit_is_refused_and_quoted) {
  PluginSpec spec = FakeWorld::folder_spec();
  spec.output_schema = "class";
  world.echo = world.add_plugin("classifier", spec);
  world.cluster.outcomes = {{.how = AttemptOutcome::succeeded, .output = "{\"label\": 1}" + std::string(10'000, ' ')}};
  const Assignment job = assigned();
  EXPECT_EQ(ok(run(job)), JobStatus::queued);
  const std::string message = world.job(job.run.job).error_message.value();
  EXPECT_TRUE(message.contains("does not contain class") && message.contains("{\"label\": 1}")) << message.substr(0, 200);
  EXPECT_LT(message.size(), 5000u);
  EXPECT_EQ(ok(world.job_reader.attempts(job.run.job)).at(0).outcome, AttemptOutcome::output_rejected);
}

TEST_F(RunJobTest, an_output_that_is_no_document_is_refused) {
  world.cluster.outcomes = {{.how = AttemptOutcome::succeeded, .output = "hello"}};
  const Assignment job = assigned();
  EXPECT_EQ(ok(run(job)), JobStatus::queued);
  EXPECT_TRUE(world.job(job.run.job).error_message->contains("hello"));
}

TEST_F(RunJobTest, a_long_result_goes_to_the_blob_store) {
  const std::string longest = "{\"a\": \"" + std::string(Payload::inline_bytes_max, 'x') + "\"}";
  world.cluster.outcomes = {{.how = AttemptOutcome::succeeded, .output = longest}};
  const Assignment job = assigned();
  ok(run(job));
  ASSERT_TRUE(world.job(job.run.job).result->blob);
  EXPECT_EQ(ok(world.blobs.get(*world.job(job.run.job).result->blob)), longest);
}

TEST_F(RunJobTest, a_result_that_cannot_be_kept_is_offered_until_it_can) {
  world.cluster.outcomes = {{.how = AttemptOutcome::succeeded, .output = "{" + std::string(Payload::inline_bytes_max, ' ') + "}"}};
  const Assignment job = assigned();
  world.cluster.while_running = [&](const PluginRun&) { world.state.faults.blobs_fail = true; };
  world.signals.while_waiting = [&] { world.state.faults.blobs_fail = false; };
  EXPECT_EQ(ok(run(job)), JobStatus::completed);
  EXPECT_EQ(world.signals.waits, 1);
}

TEST_F(RunJobTest, a_job_that_was_cancelled_before_its_run_does_not_run) {
  const Assignment job = assigned();
  ok(world.jobs.cancel(job.run.job));
  world.signals.job_ended(job.run.job);
  EXPECT_EQ(code_of(run(job)), ErrorCode::conflict);
  EXPECT_TRUE(world.cluster.runs.empty());
  EXPECT_EQ(world.job(job.run.job).status, JobStatus::cancelled);
}

TEST_F(RunJobTest, cancelling_a_job_stops_its_run_and_its_result_is_dropped) {
  const Assignment job = assigned();
  world.cluster.while_running = [&](const PluginRun& run) {
    MemoryJob& row = world.state.jobs.at(run.job);
    ASSERT_TRUE(world.state.cancel(row).has_value());
    world.signals.job_ended(run.job);
  };
  EXPECT_EQ(code_of(run(job)), ErrorCode::conflict);
  EXPECT_EQ(world.cluster.cancelled, (std::vector{std::pair(job.run.job, job.run.fence)}));
  EXPECT_EQ(world.job(job.run.job).status, JobStatus::cancelled);
}

TEST_F(RunJobTest, the_end_of_another_job_stops_nothing) {
  const Assignment job = assigned();
  world.cluster.while_running = [&](const PluginRun&) { world.signals.job_ended(JobId{9999}); };
  EXPECT_EQ(ok(run(job)), JobStatus::completed);
  EXPECT_TRUE(world.cluster.cancelled.empty());
}

TEST_F(RunJobTest, after_its_run_a_job_is_watched_no_more) {
  const Assignment job = assigned();
  ok(run(job));
  world.signals.job_ended(job.run.job);
  EXPECT_TRUE(world.cluster.cancelled.empty());
}

TEST_F(RunJobTest, a_run_that_was_stopped_from_outside_is_given_back) {
  world.cluster.outcomes = {failure(AttemptOutcome::cancelled, {})};
  const Assignment job = assigned();
  EXPECT_EQ(ok(run(job)), JobStatus::queued);
  EXPECT_EQ(world.job(job.run.job).attempts, 0);
}

TEST_F(RunJobTest, a_run_that_was_stopped_from_outside_is_told_as_given_back_too) {
  world.cluster.outcomes = {failure(AttemptOutcome::cancelled, {})};
  EXPECT_EQ(ok(::orc::run(world.run_job.run(world.worker, assigned()))).how, AttemptOutcome::given_back);
}

TEST_F(RunJobTest, who_dies_of_sigterm_while_its_worker_stops_has_not_failed) {
  world.cluster.while_running = [&](const PluginRun&) { world.run_job.request_drain(); };
  world.cluster.outcomes = {failure(AttemptOutcome::failed, 128 + SIGTERM), failure(AttemptOutcome::failed, 1)};
  const Assignment job = assigned();
  EXPECT_EQ(ok(run(job)), JobStatus::queued);
  EXPECT_EQ(world.job(job.run.job).attempts, 0);
  EXPECT_EQ(ok(world.job_reader.attempts(job.run.job)).at(0).message, "SIGTERM ended it while its worker stopped; it runs again");
  EXPECT_EQ(ok(::orc::run(world.run_job.run(world.worker, world.assigned()))).how, AttemptOutcome::failed) << "of itself";
}

TEST_F(RunJobTest, who_dies_of_sigterm_while_its_worker_goes_on_has_failed) {
  world.cluster.outcomes = {failure(AttemptOutcome::failed, 128 + SIGTERM)};
  EXPECT_EQ(ok(::orc::run(world.run_job.run(world.worker, assigned()))).how, AttemptOutcome::failed);
}

TEST_F(RunJobTest, an_end_that_cannot_be_stored_is_offered_until_it_can) {
  const Assignment job = assigned();
  world.cluster.while_running = [&](const PluginRun&) { world.state.faults.changes_fail = true; };
  world.signals.while_waiting = [&] { world.state.faults.changes_fail = world.signals.waits < 5; };
  EXPECT_EQ(ok(run(job)), JobStatus::completed);
  EXPECT_EQ(world.signals.waits, 5);
  EXPECT_EQ(world.clock.now(), FakeClock::start + 5s);
}

// The desk, with faults of its own when a run ends.
class FaultyAtTheEnd final : public WorkSource {
 public:
  FaultyAtTheEnd(WorkSource& next, int faults) : faults_left(faults), next_(next) {}

  Async<WorkerId> sign_on(NewWorker worker) override { return next_.sign_on(std::move(worker)); }
  Async<void> beat(WorkerId worker, std::vector<RunName> held) override { return next_.beat(worker, std::move(held)); }
  Async<void> sign_off(WorkerId worker) override { return next_.sign_off(worker); }
  Async<std::vector<Assignment>> claim(WorkerId worker, int count, SteadyTime until, std::stop_token stop) override {
    return next_.claim(worker, count, until, stop);
  }
  std::unique_ptr<Watch> watch(RunName run, std::function<void()> on_stop) override { return next_.watch(run, std::move(on_stop)); }
  Async<void> report(WorkerId worker, RunName run, RunReport report) override { return next_.report(worker, run, std::move(report)); }
  Async<JobStatus> finish(WorkerId worker, RunName run, PluginOutcome outcome) override {
    if (faults_left > 0) {
      --faults_left;
      co_return fail(ErrorCode::internal, "the server failed");
    }
    co_return co_await next_.finish(worker, run, std::move(outcome));
  }

  int faults_left;

 private:
  WorkSource& next_;
};

TEST_F(RunJobTest, an_end_is_offered_again_after_faults_of_the_source_but_not_for_ever) {
  for (const int faults : {1, 9, 10}) {
    FaultyAtTheEnd source{world.desk, faults};
    RunJob run_job{{.source = source, .blobs = world.blobs, .cluster = world.cluster, .wake_ups = world.wake_ups, .clock = world.clock}};
    const Assignment job = assigned();
    const auto begin = world.clock.now();
    const auto end = ::orc::run(run_job.run(world.worker, job));
    EXPECT_EQ(world.job(job.run.job).status, faults < 10 ? JobStatus::completed : JobStatus::processing) << faults;
    EXPECT_EQ(end.has_value(), faults < 10) << faults;
    EXPECT_LE(world.clock.now() - begin, 45s);
  }
}

TEST_F(RunJobTest, a_stop_lets_go_of_an_end_that_cannot_be_stored) {
  const Assignment job = assigned();
  world.cluster.while_running = [&](const PluginRun&) { world.state.faults.changes_fail = true; };
  world.signals.while_waiting = [&] { world.run_job.request_stop(); };
  EXPECT_EQ(code_of(run(job)), ErrorCode::unavailable);
  EXPECT_EQ(world.signals.waits, 1);
  EXPECT_EQ(world.job(job.run.job).status, JobStatus::processing) << "the next owner of the store rescues it";
}

TEST_F(RunJobTest, what_a_stopping_worker_gives_back_is_told_apart_from_a_cancellation) {
  world.cluster.outcomes = {failure(AttemptOutcome::cancelled, {})};
  const Assignment job = assigned();
  ok(run(job));
  EXPECT_EQ(ok(world.job_reader.attempts(job.run.job)).at(0).outcome, AttemptOutcome::given_back);
}

TEST_F(RunJobTest, a_job_whose_input_is_gone_or_damaged_fails_at_once_and_does_not_run) {
  const auto lose = [this](const ContentHash& hash) { ok(world.blobs.remove(hash, world.clock.now() + 1h)); };
  const auto damage = [this](const ContentHash& hash) { world.blobs.damage(hash); };
  for (const auto& act : {std::function<void(const ContentHash&)>(lose), std::function<void(const ContentHash&)>(damage)}) {
    const ContentHash hash = ok(world.blobs.put("{}"));
    NewJob given = world.job_of(world.bob);
    given.input = {.text = {}, .blob = hash};
    const Assignment job = assigned(given);
    act(hash);
    EXPECT_EQ(ok(run(job)), JobStatus::failed);
    EXPECT_TRUE(world.job(job.run.job).error_message->contains("the input could not be read")) << *world.job(job.run.job).error_message;
  }
  EXPECT_TRUE(world.cluster.runs.empty());
}

TEST_F(RunJobTest, a_job_whose_input_cannot_be_read_just_now_is_given_back_after_a_pause) {
  NewJob given = world.job_of(world.bob);
  given.input = {.text = {}, .blob = ok(world.blobs.put("{}"))};
  const Assignment job = assigned(given);
  world.state.faults.blobs_fail = true;
  EXPECT_EQ(ok(run(job)), JobStatus::queued);
  EXPECT_EQ(world.job(job.run.job).attempts, 0);
  EXPECT_EQ(world.clock.now(), FakeClock::start + 1s);
}

}  // namespace
}  // namespace orc
