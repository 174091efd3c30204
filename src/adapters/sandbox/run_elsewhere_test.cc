#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>

#include "adapters/sandbox/testing/sandbox_test.h"
#include "tests/fakes/fake_cluster.h"

namespace orc {
namespace {

// Runs that another cluster has and that take up memory of this worker, which has 1000 MB.
class RunElsewhereTest : public SandboxTest {
 protected:
  void SetUp() override {
    SandboxTest::SetUp();
    settings_.memory_mb = 1000;
    start_cluster(settings_);
  }
  void TearDown() override {
    cluster_->request_stop();
    io_->restart();
    io_->run();
    SandboxTest::TearDown();
  }

  PluginRun large(std::int64_t memory_mb, PluginMode mode) {
    PluginRun run = plugin({"say", "{}"});
    run.version.id = PluginVersionId{memory_mb};  // processes are of one version
    run.version.spec.mode = mode;
    run.version.spec.resources.memory_mb = memory_mb;
    return run;
  }

  void begin(boost::asio::awaitable<PluginOutcome> run) {
    outcome_.reset();
    io_->restart();
    boost::asio::co_spawn(*io_, std::move(run), [this](const std::exception_ptr& thrown, PluginOutcome outcome) {
      if (thrown) std::rethrow_exception(thrown);
      outcome_ = std::move(outcome);
    });
  }
  PluginOutcome finish() {
    while (!outcome_ && io_->run_one() > 0) {}
    return outcome_.value();
  }
  PluginOutcome run_here(PluginRun run) {
    begin(cluster_->run(std::move(run)));
    return finish();
  }
  // A process that holds 600 MB and stays for all of its grace once it is to make room.
  PluginRun stubborn() {
    PluginRun run = large(600, PluginMode::warm);
    run.version.spec.limits.grace = std::chrono::seconds(20);
    run.version.spec.command = {"/usr/bin/python3",
                                "-I",
                                "-S",
                                "-c",
                                "import json, signal, sys\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                                "print('{\"ready\": true}', flush=True)\n"
                                "for line in sys.stdin: print(json.dumps({'id': json.loads(line)['id'], 'output': {}}), flush=True)\n"
                                "while True: signal.pause()",
                                marker_};
    return run;
  }
  // `run` waits for room, and is cancelled.
  void expect_cancelled_at_once(const PluginRun& waits, boost::asio::awaitable<PluginOutcome> run) {
    ASSERT_EQ(run_here(stubborn()).how, AttemptOutcome::succeeded);
    begin(std::move(run));
    while (made_way() == 0) io_->run_one();
    cluster_->cancel(waits.job, waits.fence);
    EXPECT_EQ(finish().how, AttemptOutcome::cancelled);
    EXPECT_EQ(cluster_->warm_figures().now.ending, 1) << "it did not wait until there was room";
  }
  std::int64_t made_way() const { return cluster_->warm_figures().ends.at(static_cast<std::size_t>(WarmEnd::make_room)); }

  FakeCluster elsewhere_;
  std::optional<PluginOutcome> outcome_;
};

TEST_F(RunElsewhereTest, what_serves_nothing_gives_way_to_it_and_has_gone_before_it_begins) {
  ASSERT_EQ(run_here(large(600, PluginMode::warm)).how, AttemptOutcome::succeeded);
  elsewhere_.while_running = [&](const PluginRun&) { EXPECT_EQ(cluster_->warm_figures().now.idle, 1); };
  begin(cluster_->run_elsewhere(large(400, PluginMode::once), elsewhere_));
  EXPECT_EQ(finish().how, AttemptOutcome::succeeded);
  EXPECT_EQ(made_way(), 0) << "there was room for both";

  elsewhere_.while_running = [&](const PluginRun&) {
    EXPECT_EQ(cluster_->warm_figures().now.ending, 0);
    EXPECT_EQ(plugin_processes().size(), 0U);
  };
  begin(cluster_->run_elsewhere(large(401, PluginMode::once), elsewhere_));
  EXPECT_EQ(finish().how, AttemptOutcome::succeeded);
  EXPECT_EQ(made_way(), 1);
  EXPECT_EQ(elsewhere_.runs.size(), 2U);
}

TEST_F(RunElsewhereTest, it_holds_its_memory_until_it_has_ended) {
  elsewhere_.life = [&](const PluginRun&) -> boost::asio::awaitable<void> {
    EXPECT_EQ((co_await cluster_->run(large(600, PluginMode::warm))).how, AttemptOutcome::succeeded);
    EXPECT_EQ((co_await cluster_->run(large(300, PluginMode::warm))).how, AttemptOutcome::succeeded);
    EXPECT_EQ(made_way(), 1) << "the first went for the second, beside the 400 MB of this one";
  };
  begin(cluster_->run_elsewhere(large(400, PluginMode::once), elsewhere_));
  EXPECT_EQ(finish().how, AttemptOutcome::succeeded);
  EXPECT_EQ(run_here(large(500, PluginMode::warm)).how, AttemptOutcome::succeeded);
  EXPECT_EQ(made_way(), 1) << "nothing is held any more";
}

TEST_F(RunElsewhereTest, a_cancel_reaches_it_there_and_ends_it_here_while_it_waits_for_room) {
  elsewhere_.runs_hang = true;
  const PluginRun there = large(400, PluginMode::once);
  elsewhere_.while_running = [&](const PluginRun& run) { cluster_->cancel(run.job, run.fence); };
  begin(cluster_->run_elsewhere(there, elsewhere_));
  EXPECT_EQ(finish().how, AttemptOutcome::cancelled);
  EXPECT_THAT(elsewhere_.cancelled, testing::ElementsAre(std::pair(there.job, there.fence)));

  ASSERT_EQ(run_here(large(600, PluginMode::warm)).how, AttemptOutcome::succeeded);
  const PluginRun waits = large(900, PluginMode::once);
  begin(cluster_->run_elsewhere(waits, elsewhere_));
  while (made_way() == 0) io_->run_one();
  cluster_->cancel(waits.job, waits.fence);
  EXPECT_EQ(finish().how, AttemptOutcome::cancelled);
  EXPECT_EQ(elsewhere_.runs.size(), 1U) << "it never began";
}

TEST_F(RunElsewhereTest, a_cancelled_run_waits_for_no_room) {
  const PluginRun waits = large(900, PluginMode::once);
  expect_cancelled_at_once(waits, cluster_->run(waits));
}

TEST_F(RunElsewhereTest, nor_does_one_that_was_to_run_elsewhere) {
  const PluginRun waits = large(900, PluginMode::once);
  expect_cancelled_at_once(waits, cluster_->run_elsewhere(waits, elsewhere_));
  EXPECT_TRUE(elsewhere_.runs.empty());
}

TEST_F(RunElsewhereTest, none_begins_once_this_worker_stops) {
  cluster_->request_stop();
  begin(cluster_->run_elsewhere(large(400, PluginMode::once), elsewhere_));
  EXPECT_EQ(finish().how, AttemptOutcome::given_back);
  EXPECT_TRUE(elsewhere_.runs.empty());
}

}  // namespace
}  // namespace orc
