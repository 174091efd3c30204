#include <gmock/gmock.h>
#include <unistd.h>

#include "adapters/sandbox/testing/sandbox_test.h"

namespace orc {
namespace {

using testing::HasSubstr;

// A host on which no cgroup hierarchy is mounted.
class SandboxRlimitsTest : public SandboxTest {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "without root there is no uid of its own to count processes by, and the level is not given";
    SandboxTest::SetUp();
    if (HasFatalFailure()) return;
    settings_.mountinfo = "/dev/null";
    start_cluster(settings_);
  }

  PluginRun small(std::vector<std::string> words) {
    PluginRun run = plugin(std::move(words));
    run.version.spec.limits.memory_mb = 64;
    run.version.spec.limits.pids = 8;
    return run;
  }
};

TEST_F(SandboxRlimitsTest, the_worker_says_so_and_why) {
  EXPECT_TRUE(log_.holds("warning no writable cgroup"));
  EXPECT_THAT(cluster_->facts().cgroup_problem, HasSubstr("mount cgroup2"));
  EXPECT_FALSE(cluster_->facts().cpu_limited);
}

TEST_F(SandboxRlimitsTest, a_plugin_that_asks_for_more_than_they_can_hold_is_refused_with_what_would_help) {
  PluginRun large = plugin({"say", "{}"});
  large.version.spec.limits.memory_mb = 4096;
  const PluginOutcome outcome = run(large);
  EXPECT_EQ(outcome.how, AttemptOutcome::refused);
  EXPECT_THAT(outcome.message, HasSubstr("limits.memory_mb 4096 for each of limits.pids 64"));
  EXPECT_THAT(outcome.message, HasSubstr("mount cgroup2"));
}

TEST_F(SandboxRlimitsTest, what_they_can_hold_is_run_and_held) {
  EXPECT_EQ(run(small({"say", "{}"})).output, "{}");
  EXPECT_EQ(run(small({"memory-bomb"})).exit_code, 12);
  EXPECT_EQ(run(small({"fork-bomb"})).output, "7 EAGAIN");
  EXPECT_TRUE(plugin_processes().empty());
}

}  // namespace
}  // namespace orc
