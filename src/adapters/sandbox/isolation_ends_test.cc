// How runs end at every isolation level: together with all that they have begun, whoever of orc-launch and the worker is stopped or killed.

#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <sys/wait.h>

#include "adapters/sandbox/child_process.h"
#include "adapters/sandbox/testing/isolation_test.h"

namespace orc {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::vector<FileDescriptor> open_all(const std::vector<int>& processes) {
  std::vector<FileDescriptor> opened;
  for (const int process : processes)
    if (auto one = open_process(process)) opened.push_back(std::move(*one));
  return opened;
}

// Who was killed is gone a moment later.
void expect_ended(const std::vector<FileDescriptor>& processes) {
  for (const FileDescriptor& one : processes) {
    pollfd ended{.fd = one.get(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(poll(&ended, 1, 5'000), 1) << "a process goes on";
  }
}

// Writes a byte for whatever a run writes to its log.
class TellsLog final : public RunObserver {
 public:
  explicit TellsLog(int to) : to_(to) {}
  void log_grew(std::span<const LogLine>) override {
    if (write(to_, "x", 1) != 1) std::abort();
  }
  void progressed(const Progress&) override {}

 private:
  const int to_;
};

TEST_P(IsolationTest, processes_that_always_fork_away_are_all_caught) {
  PluginRun bomb = plugin({"storm"});
  bomb.version.spec.limits.pids = 20;
  bomb.version.spec.limits.grace = 0s;
  bomb.timeout = 1s;
  run(bomb);
  EXPECT_TRUE(plugin_processes().empty());
  EXPECT_EQ(output_of({"say", "{}"}), "{}");
}

// In a session of its own, under the init of its process namespace or adopted by orc-launch.
TEST_P(IsolationTest, a_stopped_launcher_leaves_nobody_behind) {
  PluginRun holding = plugin({"hold-on-with-children"});
  holding.version.spec.limits.grace = 0s;
  const JobId job = holding.job;
  std::vector<PluginRun> runs;
  runs.push_back(std::move(holding));
  const auto start = std::chrono::steady_clock::now();
  const auto outcomes = run_all(std::move(runs), [&] {
    if (plugin_processes().size() < 4) return false;
    for (const int launcher : launchers()) kill(launcher, SIGSTOP);
    cluster_->cancel(job, Fence{7});
    return true;
  });
  EXPECT_EQ(outcomes.front().how, AttemptOutcome::cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  EXPECT_THAT(plugin_processes(), testing::IsEmpty());
}

TEST_P(IsolationTest, the_memory_of_a_cancelled_run_is_unknown_where_nobody_counted_it) {
  if (level_ == Isolation::strict) return;  // its cgroup does
  PluginRun holding = plugin({"hold-on-with-children"});
  holding.version.spec.limits.grace = 0s;
  const JobId job = holding.job;
  std::vector<PluginRun> runs;
  runs.push_back(std::move(holding));
  const auto outcomes = run_all(std::move(runs), [&] {
    if (plugin_processes().empty()) return false;
    cluster_->cancel(job, Fence{7});
    return true;
  });
  EXPECT_EQ(outcomes.front().how, AttemptOutcome::cancelled);
  EXPECT_EQ(outcomes.front().usage.peak_bytes, std::nullopt);
}

TEST_P(IsolationTest, a_killed_launcher_leaves_nobody_behind) {
  if (level_ != Isolation::strict && !has_own_uid()) return;  // docs/isolation.md names it: nobody could tell whose they are
  std::vector<PluginRun> runs;
  runs.push_back(plugin({"hold-on-with-children"}));
  std::vector<FileDescriptor> held;
  const auto outcomes = run_all(std::move(runs), [&] {
    if (plugin_processes().size() < 4) return false;
    held = open_all(plugin_processes());
    for (const int launcher : launchers()) kill(launcher, SIGKILL);
    return true;
  });
  EXPECT_EQ(outcomes.front().how, AttemptOutcome::failed);
  expect_ended(held);
}

// As the kernel or an administrator kills it. Nothing lives in a cgroup here, whose guard would end the run too.
TEST_P(IsolationTest, a_killed_worker_takes_its_runs_along) {
  settings_.mountinfo = "/dev/null";
  PluginRun holding = plugin({"hold-on-with-children"});
  holding.version.spec.limits.memory_mb = 64;
  holding.version.spec.limits.pids = 16;
  cluster_.reset();  // its threads would be missing in a copy of this process
  auto begun = make_pipe();
  ASSERT_TRUE(begun) << begun.error().message;
  const pid_t worker = fork();
  ASSERT_GE(worker, 0);
  if (worker == 0) {
    start_cluster(settings_);
    TellsLog tells(begun->write_end.get());
    holding.observer = &tells;
    run(std::move(holding));
    _exit(EXIT_FAILURE);
  }
  begun->write_end.close();
  char told = 0;
  EXPECT_EQ(read(begun->read_end.get(), &told, 1), 1) << "the run did not begin";
  const auto held = open_all(plugin_processes());
  EXPECT_GE(held.size(), 4U);
  kill(worker, SIGKILL);
  waitpid(worker, nullptr, 0);
  expect_ended(held);
}

TEST_P(IsolationTest, nothing_of_the_run_before_is_left) {
  for (const char* variable : {"ORC_OUTPUT_DIR", "TMPDIR"}) {
    EXPECT_EQ(output_of({"make-in", variable}), "make=done\n");
    EXPECT_EQ(output_of({"list-in", variable}), "") << variable;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "sandbox" / "slots" / "1"));
}

TEST_P(IsolationTest, nothing_of_a_worker_that_was_killed_is_left) {
  const fs::path left = folder_ / "sandbox" / "slots" / "7" / "output";
  fs::create_directories(left);
  start_cluster(settings_);
  EXPECT_FALSE(fs::exists(left));
}

TEST_P(IsolationTest, nothing_of_the_trial_at_the_start_is_left) { EXPECT_FALSE(fs::exists(folder_ / "sandbox" / "slots" / "0")); }

}  // namespace
}  // namespace orc
