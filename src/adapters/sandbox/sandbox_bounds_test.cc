#include <gmock/gmock.h>

#include "adapters/sandbox/testing/sandbox_test.h"

namespace orc {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class SandboxBoundsTest : public SandboxTest {
 protected:
  // Runs, and gives how long it took as well.
  std::pair<PluginOutcome, std::chrono::milliseconds> timed(PluginRun order) {
    const auto start = std::chrono::steady_clock::now();
    PluginOutcome outcome = run(std::move(order));
    return {std::move(outcome), std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start)};
  }
};

TEST_F(SandboxBoundsTest, endless_output_is_cut_off_at_once) {
  const auto [outcome, took] = timed(plugin({"flood-output"}));
  EXPECT_EQ(outcome.how, AttemptOutcome::output_rejected);
  EXPECT_LT(took, 5s);
}

TEST_F(SandboxBoundsTest, a_fork_bomb_is_held_at_the_limit_of_processes) {
  PluginRun bomb = plugin({"fork-bomb"});
  bomb.version.spec.limits.pids = 20;
  EXPECT_EQ(run(bomb).output, "19 EAGAIN");
  EXPECT_TRUE(plugin_processes().empty());
  PluginRun threads = plugin({"thread-bomb"});
  threads.version.spec.limits.pids = 20;
  EXPECT_EQ(run(threads).output, "19");
}

TEST_F(SandboxBoundsTest, a_memory_bomb_is_killed_quickly_and_told_apart) {
  for (const char* kind : {"memory-bomb", "memory-file-bomb"}) {
    PluginRun bomb = plugin({kind});
    bomb.version.spec.limits.memory_mb = 32;
    bomb.version.spec.limits.scratch_mb = 1024;
    // The promise is that of a quiet machine: one of three is held to it.
    std::chrono::milliseconds least = 1h;
    for (int round = 0; round < 3 && least >= 2s; ++round) {
      const auto [outcome, took] = timed(bomb);
      EXPECT_EQ(outcome.how, AttemptOutcome::out_of_memory) << kind << outcome.message;
      EXPECT_THAT(outcome.message, HasSubstr("limits.memory_mb 32")) << kind;
      least = std::min(least, took);
    }
    EXPECT_LT(least, 2s) << kind;
    EXPECT_EQ(run(plugin({"say", "{}"})).how, AttemptOutcome::succeeded) << "the next run in the same slot";
  }
}

TEST_F(SandboxBoundsTest, each_run_of_a_slot_has_its_own_limits) {
  for (const int memory_mb : {64, 16, 256, 16}) {
    PluginRun small = plugin({"say", "{}"});
    small.version.spec.limits.memory_mb = memory_mb;
    small.version.spec.limits.pids = memory_mb;
    EXPECT_EQ(run(small).how, AttemptOutcome::succeeded) << memory_mb;
  }
}

TEST_F(SandboxBoundsTest, scratch_space_ends_where_the_limit_says) {
  for (const char* folder : {"/tmp", "/output", "/dev/shm"}) {
    PluginRun filler = plugin({"fill", folder});
    filler.version.spec.limits.scratch_mb = 2;
    EXPECT_EQ(run(filler).output.substr(0, 7), "2097152") << folder;
  }
  PluginRun none = plugin({"fill", "/tmp"});
  none.version.spec.limits.scratch_mb = 0;
  EXPECT_EQ(run(none).output, "4096 ENOSPC");
  EXPECT_EQ(output_of({"sparse", "/tmp"}), "sparse=EFBIG\n");
}

}  // namespace
}  // namespace orc
