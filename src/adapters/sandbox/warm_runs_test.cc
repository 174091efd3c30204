#include "adapters/sandbox/warm_runs.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <csignal>
#include <gtest/gtest.h>

#include "adapters/sandbox/cgroup_files.h"
#include "adapters/sandbox/testing/copied_program.h"
#include "adapters/sandbox/testing/sandbox_test.h"

namespace orc {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// WarmRuns alone, without a cgroup, whose thread for files runs when the test wants it to and whose programs come as the test says.
class WarmRunsTest : public SandboxTest {
 protected:
  void SetUp() override {
    level_ = Isolation::none;
    SandboxTest::SetUp();
    cluster_.reset();
    settings_.mountinfo = "/dev/null";
    auto host = SandboxHost::prepare(settings_, level_);
    ASSERT_TRUE(host) << host.error().message;
    host_ = std::move(*host);
    program_ = folder_ / "packages" / "program";
    std::filesystem::create_directories(program_);
    ASSERT_TRUE(copy_program(ORC_TEST_PLUGIN, program_));
    std::vector<RunSlot> slots;
    for (int number = 0; number < settings_.warm_processes; ++number) slots.push_back(host_->make_slot(number).value());
    runs_ = std::make_unique<WarmRuns>(
        WarmRuns::Parts{
            .executor = io_->get_executor(),
            .files = files_.get_executor(),
            .host = *host_,
            .clock = clock_,
            .log = log_,
            .blobs = blobs_,
            .program_of = [this](const PluginSpec&) { return fetch_(); },
            .write_input_files = [](const std::vector<ContentHash>&, const std::filesystem::path&) -> Async<std::int64_t> { co_return 0; },
            .clear = [](const RunSlot&, const RunEnd&) -> asio::awaitable<CgroupReport> { co_return CgroupReport{}; },
            .memory_mb = {},
            .keep_alive = [this] { return in_use_; }},
        std::move(slots));
  }

  void TearDown() override {
    runs_->request_stop();
    EXPECT_TRUE(drive([&] { return under_way_ == 0 && in_use_.use_count() == 1 && plugin_processes().empty(); }));
    runs_.reset();
    host_.reset();
    SandboxTest::TearDown();
  }

  RunProgram program() const {
    return {.package = std::make_shared<const UnpackedPackage>(UnpackedPackage{.folder = program_, .bytes = 0}), .image = {}};
  }

  PluginRun warm(std::vector<std::string> words, const WarmTerms& terms) {
    PluginRun run = plugin(std::move(words));
    run.version.spec.mode = PluginMode::warm;
    run.version.spec.warm = terms;
    return run;
  }

  void begin(PluginRun run) {
    ++under_way_;
    asio::co_spawn(*io_, runs_->run(std::move(run)), [this](const std::exception_ptr& thrown, PluginOutcome outcome) {
      --under_way_;
      if (thrown) std::rethrow_exception(thrown);
      outcomes_.push_back(std::move(outcome));
    });
  }

  int work_on_files() {
    files_.restart();
    return static_cast<int>(files_.poll());
  }
  // False: it does not come true.
  bool drive(const std::function<bool()>& until) {
    const auto most = std::chrono::steady_clock::now() + 20s;
    while (!until() && std::chrono::steady_clock::now() < most) {
      io_->restart();
      io_->run_one_for(5ms);
      files_work_ += work_on_files();
    }
    return until();
  }
  // What they were is all to be heard, and nothing of it has been yet.
  void kill_unheard() {
    const std::vector<int> launchers_before = launchers();
    ASSERT_FALSE(launchers_before.empty());
    for (const int process : plugin_processes()) kill(process, SIGKILL);
    const auto most = std::chrono::steady_clock::now() + 20s;
    const auto has_ended = [](int process) { return read_kernel_file("/proc/" + std::to_string(process) + "/stat").contains(") Z "); };
    while (!std::ranges::all_of(launchers_before, has_ended)) ASSERT_LT(std::chrono::steady_clock::now(), most);
  }
  std::int64_t ends(WarmEnd reason) const { return runs_->figures().ends.at(static_cast<std::size_t>(reason)); }

  std::filesystem::path program_;
  std::shared_ptr<void> in_use_ = std::make_shared<int>();
  asio::io_context files_{1};
  int files_work_ = 0;  // handlers that ran there
  std::function<Async<RunProgram>()> fetch_ = [this]() -> Async<RunProgram> { co_return program(); };
  std::unique_ptr<SandboxHost> host_;
  std::unique_ptr<WarmRuns> runs_;
  int under_way_ = 0;
  std::vector<PluginOutcome> outcomes_;
};

TEST_F(WarmRunsTest, the_time_that_a_package_takes_to_come_is_no_part_of_the_start) {
  const std::chrono::seconds start = 2s;
  fetch_ = [this, start]() -> Async<RunProgram> {
    asio::steady_timer arrives(*io_, start + 300ms);
    co_await arrives.async_wait(asio::use_awaitable);
    co_return program();
  };
  begin(warm({"say", "{}"}, {.start = start}));
  ASSERT_TRUE(drive([&] { return !outcomes_.empty(); }));
  EXPECT_EQ(outcomes_[0].how, AttemptOutcome::succeeded) << outcomes_[0].message;
}

TEST_F(WarmRunsTest, who_waits_gets_a_process_once_the_one_beside_which_a_start_failed_has_gone) {
  int fetches = 0;
  fetch_ = [&]() -> Async<RunProgram> {
    if (++fetches == 2) co_return fail(ErrorCode::unavailable, "not just now");
    co_return program();
  };
  const WarmTerms terms{.requests_max = 1};
  PluginRun first = warm({"wait"}, terms);
  const JobId job = first.job;
  begin(std::move(first));
  ASSERT_TRUE(drive([&] { return runs_->figures().now.busy == 1; }));
  begin(warm({"wait"}, terms));
  ASSERT_TRUE(drive([&] { return ends(WarmEnd::start_failed) == 1; }));
  EXPECT_TRUE(outcomes_.empty()) << "nobody paid";
  runs_->cancel(job, Fence{7});
  EXPECT_TRUE(drive([&] { return fetches == 3 && runs_->figures().now.busy == 1; }));
}

TEST_F(WarmRunsTest, what_nobody_wants_any_more_when_its_package_has_come_is_not_launched) {
  for (const bool stops : {false, true}) {
    asio::steady_timer arrives(*io_, SteadyTime::max());
    bool is_coming = false;
    fetch_ = [&]() -> Async<RunProgram> {
      is_coming = true;
      [[maybe_unused]] const auto [woken] = co_await arrives.async_wait(asio::as_tuple(asio::use_awaitable));
      co_return program();
    };
    PluginRun run = warm({"say", "{}"}, {});
    const JobId job = run.job;
    begin(std::move(run));
    ASSERT_TRUE(drive([&] { return is_coming; }));
    stops ? runs_->request_stop() : void(runs_->cancel(job, Fence{7}));
    arrives.cancel();
    ASSERT_TRUE(drive([&] { return ends(stops ? WarmEnd::stop : WarmEnd::idle) == 1; })) << stops;
    ASSERT_TRUE(drive([&] { return !outcomes_.empty(); }));
    EXPECT_EQ(outcomes_.back().how, stops ? AttemptOutcome::given_back : AttemptOutcome::cancelled);
    EXPECT_EQ(files_work_, 0) << stops;
    outcomes_.clear();
  }
}

TEST_F(WarmRunsTest, a_request_to_a_process_that_has_just_gone_is_served_by_another) {
  begin(warm({"say", "{}"}, {}));
  ASSERT_TRUE(drive([&] { return outcomes_.size() == 1; }));
  ASSERT_NO_FATAL_FAILURE(kill_unheard());
  begin(warm({"say", "{}"}, {}));
  ASSERT_TRUE(drive([&] { return outcomes_.size() == 2; }));
  EXPECT_EQ(outcomes_[1].how, AttemptOutcome::succeeded) << outcomes_[1].message;
  EXPECT_EQ(ends(WarmEnd::fault), 1);
}

// What is asked of the thread for files waits there until the test wants it to go on.
class UncountedWarmRunsTest : public WarmRunsTest {
 protected:
  void launch() {
    begin(warm({"say", "{}"}, {}));
    ASSERT_TRUE(drive([&] { return files_work_ > 0; }));
    files_work_ = 0;
  }
  // It has said that it is ready, and sleeps.
  bool waits_for_requests() const {
    const auto processes = plugin_processes();
    return !processes.empty() && read_kernel_file("/proc/" + std::to_string(processes[0]) + "/stat").contains(") S ");
  }
  bool drive_without_files(const std::function<bool()>& until) {
    const auto most = std::chrono::steady_clock::now() + 20s;
    while (!until() && std::chrono::steady_clock::now() < most) {
      io_->restart();
      io_->run_one_for(5ms);
    }
    return until();
  }
};

TEST_F(UncountedWarmRunsTest, all_processes_of_the_host_are_looked_at_on_the_thread_for_files_and_the_first_request_is_counted) {
  launch();
  ASSERT_TRUE(drive_without_files([&] { return !outcomes_.empty() || (files_work_ += work_on_files()) > 0; }));
  EXPECT_GT(files_work_, 0);
  EXPECT_EQ(runs_->figures().now.starting, 1);
  ASSERT_TRUE(drive([&] { return !outcomes_.empty(); }));
  EXPECT_EQ(outcomes_[0].how, AttemptOutcome::succeeded) << outcomes_[0].message;
  EXPECT_TRUE(outcomes_[0].usage.cpu && outcomes_[0].usage.peak_bytes);
}

TEST_F(UncountedWarmRunsTest, a_process_that_ends_before_it_is_counted_has_failed_to_start) {
  launch();
  ASSERT_TRUE(drive_without_files([&] { return waits_for_requests(); }));
  io_->poll();  // that it is ready has been heard
  ASSERT_NO_FATAL_FAILURE(kill_unheard());
  io_->restart();
  io_->poll();
  ASSERT_TRUE(drive([&] { return !outcomes_.empty(); }));
  EXPECT_EQ(outcomes_[0].how, AttemptOutcome::failed) << outcomes_[0].message;
  EXPECT_EQ(ends(WarmEnd::start_failed), 1);
}

}  // namespace
}  // namespace orc
