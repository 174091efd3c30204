#include "application/job/run_reporter.h"

#include <gtest/gtest.h>

#include "application/job/run_job.h"
#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

// The desk, with a switch for each way in which a report may fail.
class FailingSource final : public WorkSource {
 public:
  explicit FailingSource(WorkSource& next) : next_(next) {}

  Async<WorkerId> sign_on(NewWorker worker) override { return next_.sign_on(std::move(worker)); }
  Async<void> beat(WorkerId worker, std::vector<RunName> held) override { return next_.beat(worker, std::move(held)); }
  Async<void> sign_off(WorkerId worker) override { return next_.sign_off(worker); }
  Async<std::vector<Assignment>> claim(WorkerId worker, int count, SteadyTime until, std::stop_token stop) override {
    return next_.claim(worker, count, until, stop);
  }
  std::unique_ptr<Watch> watch(RunName run, std::function<void()> on_stop) override { return next_.watch(run, std::move(on_stop)); }
  Async<void> report(WorkerId worker, RunName run, RunReport report) override {
    ++reports;
    std::optional<Error> failure = std::exchange(next_failure, std::nullopt);
    if (!answer_is_lost && failure) co_return std::unexpected(*failure);
    auto done = co_await next_.report(worker, run, std::move(report));
    if (failure) co_return std::unexpected(*failure);
    co_return done;
  }
  Async<JobStatus> finish(WorkerId worker, RunName run, PluginOutcome outcome) override {
    lines_at_end = outcome.log.size();
    return next_.finish(worker, run, std::move(outcome));
  }

  std::optional<Error> next_failure;
  bool answer_is_lost = false;  // with it: what was reported arrived all the same
  int reports = 0;
  std::size_t lines_at_end = 0;

 private:
  WorkSource& next_;
};

struct RunReporterTest : testing::Test {
  FakeWorld world;
  FailingSource source{world.desk};
  RunJob run_job{{.source = source, .blobs = world.blobs, .cluster = world.cluster, .wake_ups = world.wake_ups, .clock = world.clock}};
  Assignment job = [this] {
    world.submit(world.job_of(world.bob));
    return world.assigned();
  }();
  std::vector<LogLine> log;  // of the run, so far
  std::vector<std::optional<Progress>> meanwhile;

  // The run says `count` lines of `bytes` each, and then goes on for `duration`.
  boost::asio::awaitable<void> say(PluginRun run, int count, std::chrono::milliseconds duration, std::size_t bytes = 4) {
    const std::size_t before = log.size();
    for (int i = 0; i < count; ++i)
      log.push_back({.n = std::ssize(log) + 1, .t = world.clock.now(), .stream = LogStream::err, .text = std::string(bytes, 'x')});
    run.observer->log_grew(std::span(log).subspan(before));
    // In steps, between which others come to know what time it is.
    const auto pause = world.wake_ups.make();
    for (const auto step = std::min(duration, 50ms); duration > 0ms; duration -= step)
      co_await pause->wait(world.clock.steady_now() + step);
    world.cluster.outcomes = {{.how = AttemptOutcome::succeeded, .output = "{}", .log = log}};
  }
  std::int64_t stored() { return world.state.jobs.at(job.run.job).lines; }
  JobStatus run() { return ok(run_job.run(world.worker, job)).job; }
};

TEST_F(RunReporterTest, lines_are_told_while_the_run_goes_on_and_once) {
  std::int64_t meanwhile = 0;
  world.cluster.life = [&](PluginRun run) -> boost::asio::awaitable<void> {
    co_await say(run, 3, 700ms);
    meanwhile = stored();
    co_await say(run, 2, 100ms);
  };
  EXPECT_EQ(run(), JobStatus::completed);
  EXPECT_EQ(meanwhile, 3);
  EXPECT_EQ(stored(), 5);
  EXPECT_EQ(source.reports, 1);
  EXPECT_EQ(source.lines_at_end, 2u);
}

TEST_F(RunReporterTest, the_newest_progress_is_told_with_or_without_lines_and_gone_at_the_end) {
  world.cluster.life = [&](PluginRun run) -> boost::asio::awaitable<void> {
    run.observer->progressed({.fraction = 0.25, .message = "a quarter"});
    run.observer->progressed({.fraction = 0.5, .message = "half"});
    co_await say(run, 0, 700ms);
    meanwhile.push_back(world.job(job.run.job).progress);
    run.observer->progressed({.fraction = 0.75, .message = ""});
    co_await say(run, 1, 700ms);
    meanwhile.push_back(world.job(job.run.job).progress);
  };
  EXPECT_EQ(run(), JobStatus::completed);
  EXPECT_EQ(meanwhile, (std::vector<std::optional<Progress>>{Progress{.fraction = 0.5, .message = "half"},
                                                             Progress{.fraction = 0.75, .message = ""}}));
  EXPECT_EQ(source.reports, 2);
  EXPECT_FALSE(world.job(job.run.job).progress);
}

TEST_F(RunReporterTest, a_progress_that_could_not_be_stored_comes_again) {
  source.next_failure = Error{ErrorCode::unavailable, "away"};
  world.cluster.life = [&](PluginRun run) -> boost::asio::awaitable<void> {
    run.observer->progressed({.fraction = 0.5, .message = "half"});
    co_await say(run, 0, 3s);
    meanwhile.push_back(world.job(job.run.job).progress);
  };
  run();
  EXPECT_EQ(source.reports, 2);
  EXPECT_EQ(meanwhile.at(0), (Progress{.fraction = 0.5, .message = "half"}));
}

TEST_F(RunReporterTest, a_short_run_costs_no_report) {
  world.cluster.life = [&](PluginRun run) { return say(run, 3, 400ms); };
  run();
  EXPECT_EQ(source.reports, 0);
  EXPECT_EQ(stored(), 3);
}

TEST_F(RunReporterTest, much_is_told_at_once) {
  world.cluster.life = [&](PluginRun run) { return say(run, 2, 10ms, report_bytes_wanted / 2); };
  run();
  EXPECT_EQ(source.reports, 1);
  EXPECT_EQ(stored(), 2);
}

TEST_F(RunReporterTest, a_report_that_could_not_be_stored_comes_again) {
  source.next_failure = Error{ErrorCode::unavailable, "away"};
  world.cluster.life = [&](PluginRun run) { return say(run, 3, 3s); };
  run();
  EXPECT_EQ(source.reports, 2);
  EXPECT_EQ(stored(), 3);
  EXPECT_EQ(source.lines_at_end, 0u);
}

TEST_F(RunReporterTest, a_report_whose_answer_was_lost_is_stored_once) {
  source.next_failure = Error{ErrorCode::unavailable, "the answer got lost"};
  source.answer_is_lost = true;
  world.cluster.life = [&](PluginRun run) { return say(run, 3, 900ms); };
  run();
  EXPECT_EQ(source.reports, 1);
  EXPECT_EQ(source.lines_at_end, 3u) << "the run ended before it could be told again";
  EXPECT_EQ(stored(), 3);
}

TEST_F(RunReporterTest, a_source_that_takes_no_reports_is_asked_once_and_gets_all_with_the_end) {
  source.next_failure = Error{ErrorCode::invalid_argument, "this server takes no reports"};
  world.cluster.life = [&](PluginRun run) -> boost::asio::awaitable<void> {
    co_await say(run, 3, 3s);
    co_await say(run, 3, 3s);
  };
  run();
  EXPECT_EQ(source.reports, 1);
  EXPECT_EQ(source.lines_at_end, 6u);
  EXPECT_EQ(stored(), 6);
}

}  // namespace
}  // namespace orc
