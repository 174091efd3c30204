#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <csignal>
#include <future>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/sandbox/cgroup_files.h"
#include "adapters/sandbox/testing/sandbox_test.h"

namespace orc {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class SandboxLifecycleTest : public SandboxTest {
 protected:
  static std::vector<PluginRun> list(PluginRun first) {
    std::vector<PluginRun> runs;
    runs.push_back(std::move(first));
    return runs;
  }

  // The folders that are noted as ours, without the last line's end.
  std::vector<std::filesystem::path> cgroups() const {
    std::vector<std::filesystem::path> folders;
    std::string note = read_kernel_file(folder_ / "sandbox" / "cgroups");
    for (std::size_t end; (end = note.find('\n')) != std::string::npos; note.erase(0, end + 1)) folders.emplace_back(note.substr(0, end));
    return folders;
  }
};

TEST_F(SandboxLifecycleTest, a_cancelled_run_ends_soon) {
  for (const char* habit : {"wait", "ignore-term"}) {
    PluginRun waiting = plugin({habit});
    const JobId job = waiting.job;
    const auto start = std::chrono::steady_clock::now();
    const auto outcomes = run_all(list(std::move(waiting)), [&] {
      if (plugin_processes().empty()) return false;
      cluster_->cancel(job, Fence{6});  // another run: no effect
      cluster_->cancel(job, Fence{7});
      return true;
    });
    EXPECT_EQ(outcomes[0].how, AttemptOutcome::cancelled) << habit;
    EXPECT_LT(std::chrono::steady_clock::now() - start, 20s) << habit;
    EXPECT_TRUE(plugin_processes().empty()) << habit;
  }
}

TEST_F(SandboxLifecycleTest, more_runs_than_slots_wait_and_a_waiting_one_can_be_cancelled) {
  std::vector<PluginRun> runs;
  for (int i = 0; i < 3; ++i) runs.push_back(plugin({"end-on-term"}));
  const std::vector<JobId> jobs = {runs[0].job, runs[1].job, runs[2].job};
  const auto outcomes = run_all(std::move(runs), [&] {
    if (plugin_processes().size() < 2) return false;
    EXPECT_EQ(plugin_processes().size(), 2U);
    cluster_->cancel(jobs[2], Fence{7});
    cluster_->cancel(jobs[0], Fence{7});
    cluster_->cancel(jobs[1], Fence{7});
    return true;
  });
  EXPECT_EQ(outcomes[2].message, "cancelled before it ran");
  for (const PluginOutcome& outcome : outcomes) EXPECT_EQ(outcome.how, AttemptOutcome::cancelled);
}

TEST_F(SandboxLifecycleTest, nothing_more_is_fetched_for_a_run_that_is_cancelled_meanwhile) {
  std::string input;
  const auto put_files = [&]() -> boost::asio::awaitable<void> {
    const std::string one = to_hex((co_await blobs_.put("one")).value());
    const std::string two = to_hex((co_await blobs_.put("two")).value());
    input = R"([{"$blob": "sha256:)" + one + R"("}, {"$blob": "sha256:)" + two + R"("}])";
  };
  boost::asio::co_spawn(*io_, put_files, boost::asio::detached);
  io_->run();
  io_->restart();
  for (const char* const first : {"the package", "a file"}) {
    PluginRun fetching = plugin({"say", "{}"}, input);
    int fetched = 0;
    blobs_.when_got = [&, job = fetching.job] {
      ++fetched;
      cluster_->cancel(job, Fence{7});
    };
    EXPECT_EQ(run(std::move(fetching)).how, AttemptOutcome::cancelled) << first;
    EXPECT_EQ(fetched, 1) << first;
  }
}

TEST_F(SandboxLifecycleTest, a_large_package_that_is_being_unpacked_delays_no_launch_of_another) {
  PluginRun large = plugin({"say", "{}"});
  PluginRun small = plugin({"say", "{}"});
  large.version.spec.package = digest_.sha256("large");
  PluginOutcome outcome;
  std::promise<void> small_ended;
  bool ended_meanwhile = false;
  // The unpacking of the large one ends after the small one's run has.
  unpack_ = [&, copy = unpack_](std::string_view archive, const std::filesystem::path& into) {
    if (archive != "large") return copy(archive, into);
    const auto run_small = [&]() -> boost::asio::awaitable<void> {
      outcome = co_await cluster_->run(std::move(small));
      small_ended.set_value();
    };
    boost::asio::co_spawn(*io_, run_small, boost::asio::detached);
    ended_meanwhile = small_ended.get_future().wait_for(20s) == std::future_status::ready;
    return Result<void>(fail(ErrorCode::invalid_argument, "it is no package after all"));
  };
  start_cluster(settings_);
  output_of({"say", "{}"});  // now the small one's package is in the cache
  const auto put_large = [&]() -> boost::asio::awaitable<void> {
    const auto put = co_await blobs_.put("large");
    EXPECT_TRUE(put);
  };
  boost::asio::co_spawn(*io_, put_large, boost::asio::detached);
  EXPECT_EQ(run(std::move(large)).how, AttemptOutcome::refused);
  EXPECT_TRUE(ended_meanwhile);
  EXPECT_EQ(outcome.how, AttemptOutcome::succeeded) << outcome.message;
}

TEST_F(SandboxLifecycleTest, a_stop_gives_runs_back_and_refuses_new_ones) {
  const auto outcomes = run_all(list(plugin({"ignore-term"})), [&] {
    if (plugin_processes().empty()) return false;
    cluster_->request_stop();
    cluster_->request_stop();
    return true;
  });
  EXPECT_EQ(outcomes[0].how, AttemptOutcome::given_back);
  EXPECT_EQ(run(plugin({"say", "{}"})).how, AttemptOutcome::given_back);
  EXPECT_TRUE(cluster_->wait(std::chrono::steady_clock::now() + 10s));
}

TEST_F(SandboxLifecycleTest, a_cluster_and_its_context_can_go_at_any_moment_of_a_run) {
  for (const auto mode : {PluginMode::once, PluginMode::warm}) {
    for (int steps = 0; steps < 20; ++steps) {
      PluginRun waiting = plugin({"wait"});
      waiting.version.spec.mode = mode;
      const auto run_it = [&]() -> boost::asio::awaitable<void> { co_await cluster_->run(std::move(waiting)); };
      boost::asio::co_spawn(*io_, run_it, boost::asio::detached);
      for (int step = 0; step < steps; ++step) io_->run_one_for(20ms);
      cluster_.reset();
      io_ = std::make_unique<boost::asio::io_context>();
      EXPECT_THAT(plugin_processes(), testing::IsEmpty()) << steps;
      start_cluster(settings_);
    }
  }
}

TEST_F(SandboxLifecycleTest, what_started_the_run_takes_it_along_when_it_is_killed) {
  const auto outcomes = run_all(list(plugin({"wait"})), [&] {
    if (plugin_processes().empty()) return false;
    for (const int launcher : launchers()) kill(launcher, SIGKILL);
    return true;
  });
  EXPECT_EQ(outcomes[0].how, AttemptOutcome::failed);
  EXPECT_TRUE(plugin_processes().empty());
}

TEST_F(SandboxLifecycleTest, nothing_is_left_of_the_cluster) {
  const auto folders = cgroups();
  ASSERT_FALSE(folders.empty()) << "this host gives no writable cgroup: " << cluster_->facts().cgroup_problem;
  for (const auto& folder : folders) EXPECT_TRUE(std::filesystem::exists(folder)) << folder;
  const std::string mounts = read_kernel_file("/proc/self/mounts");
  output_of({"say", "{}"});
  EXPECT_EQ(read_kernel_file("/proc/self/mounts"), mounts);
  for (const auto& folder : folders) EXPECT_EQ(read_kernel_file(folder / "slot-0" / "cgroup.procs"), "");
  cluster_.reset();
  for (const auto& folder : folders) EXPECT_FALSE(std::filesystem::exists(folder)) << folder;
}

TEST_F(SandboxLifecycleTest, what_a_killed_predecessor_left_is_removed) {
  const auto folders = cgroups();
  ASSERT_FALSE(folders.empty()) << cluster_->facts().cgroup_problem;
  std::string name = folders[0].filename();
  name.replace(name.rfind('-'), std::string::npos, "-999999999");
  const auto left = folders[0].parent_path() / name;
  std::filesystem::create_directory(left);
  std::filesystem::create_directory(left / "slot-0");
  std::filesystem::create_directories(folder_ / "sandbox" / "slots" / "5" / "input");
  start_cluster(settings_);
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "sandbox" / "slots" / "5"));
  EXPECT_EQ(output_of({"say", "{}"}), "{}");
}

TEST_F(SandboxLifecycleTest, a_host_that_lacks_something_refuses_runs_with_the_reason) {
  SandboxSettings without = settings_;
  without.bubblewrap = "/absent/bwrap";
  start_cluster(without);
  const PluginOutcome outcome = run(plugin({"say", "{}"}));
  EXPECT_EQ(outcome.how, AttemptOutcome::refused);
  EXPECT_THAT(outcome.message, HasSubstr("apt-get install bubblewrap"));
  EXPECT_TRUE(log_.holds("warning plugins cannot run here"));
}

TEST_F(SandboxLifecycleTest, the_hint_at_a_weaker_level_changes_nothing_of_the_data_directory) {
  SandboxSettings without = settings_;
  without.bubblewrap = "/absent/bwrap";
  start_cluster(without);
  EXPECT_THAT(cluster_->facts().problem, HasSubstr("start with --isolation container, which this host can give"));
  struct stat status{};
  ASSERT_EQ(stat(folder_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
  EXPECT_EQ(status.st_gid, getegid());
}

TEST_F(SandboxLifecycleTest, where_only_uids_tell_runs_apart_one_is_spared_to_end_what_they_leave) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  SandboxSettings few = settings_;
  few.mountinfo = "/absent";
  few.strongest = few.least = Isolation::container;
  few.warm_processes = 1;
  few.uids.count = 3;
  start_cluster(few);
  EXPECT_THAT(cluster_->facts().problem, HasSubstr("--sandbox-uids holds 3 uids: without a writable cgroup it needs 4"));
  few.uids.count = 4;
  start_cluster(few);
  EXPECT_EQ(cluster_->facts().strongest, Isolation::container) << cluster_->facts().problem;
  few.uids.count = 3;
  few.mountinfo = settings_.mountinfo;
  start_cluster(few);
  EXPECT_EQ(cluster_->facts().strongest, Isolation::container) << "a cgroup tells them apart: " << cluster_->facts().problem;
}

TEST_F(SandboxLifecycleTest, the_probe_says_what_this_host_can_give_and_leaves_nothing) {
  const SandboxFacts facts = probe_sandbox(settings_);
  EXPECT_EQ(facts.strongest, Isolation::strict) << facts.problem;
  SandboxSettings without = settings_;
  without.launcher = "/absent/orc-launch";
  EXPECT_THAT(probe_sandbox(without).problem, HasSubstr("/absent/orc-launch is missing"));
}

TEST_F(SandboxLifecycleTest, what_the_settings_leave_out_is_the_reason_for_less_isolation) {
  SandboxSettings less = settings_;
  less.strongest = Isolation::container;
  less.least = Isolation::none;
  const SandboxFacts facts = probe_sandbox(less);
  EXPECT_EQ(facts.strongest, Isolation::container) << facts.problem;
  EXPECT_EQ(facts.problem, "isolation strict: not wanted here (--isolation-most container)");
}

}  // namespace
}  // namespace orc
