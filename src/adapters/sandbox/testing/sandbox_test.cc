#include "adapters/sandbox/testing/sandbox_test.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <cstdlib>
#include <dirent.h>
#include <unistd.h>

#include "adapters/sandbox/cgroup_files.h"
#include "adapters/sandbox/testing/copied_program.h"

namespace orc {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

}  // namespace

void SandboxTest::SetUp() {
  std::string folder = "/tmp/orc-sandbox-test-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  folder_ = folder;
  marker_ = folder.substr(folder.size() - 6);
  unpack_ = copy_program;
  settings_ = {.slots = 2, .data_dir = folder_, .launcher = ORC_LAUNCHER, .strongest = level_, .least = level_};
  // Processes are counted by uid, zombies too: so not those of a service on this machine, nor of any other test.
  settings_.uids.first = 300'000 + static_cast<std::uint32_t>(std::hash<std::string>{}(folder) % 1'000'000) * 16;
  io_ = std::make_unique<asio::io_context>(1);
  asio::co_spawn(*io_, [this]() -> asio::awaitable<void> { package_ = (co_await blobs_.put(ORC_TEST_PLUGIN)).value(); }, asio::detached);
  io_->run();
  io_->restart();
  start_cluster(settings_);
  ASSERT_TRUE(cluster_->facts().strongest == level_)
      << "this host cannot make a sandbox, so nothing here can be tested: " << cluster_->facts().problem;
}

void SandboxTest::TearDown() {
  cluster_.reset();
  io_.reset();
  EXPECT_TRUE(plugin_processes().empty());
  fs::remove_all(folder_);
}

void SandboxTest::start_cluster(const SandboxSettings& settings) {
  cluster_.reset();
  cluster_ = std::make_unique<LocalCluster>(io_->get_executor(), settings, blobs_, unpack_, log_, clock_);
  cluster_->start();
  cluster_->say_what_is_given();
}

PluginRun SandboxTest::plugin(std::vector<std::string> words, std::string input) {
  PluginRun run{.job = JobId{next_job_++}, .fence = Fence{7}, .attempt = 1, .version = {}, .input = std::move(input)};
  run.timeout = std::chrono::seconds(20);
  run.version.name = "test-plugin";
  run.version.spec.package = package_;
  run.version.spec.command = {"./plugin"};
  run.version.spec.command.insert(run.version.spec.command.end(), words.begin(), words.end());
  run.version.spec.command.push_back(marker_);
  return run;
}

std::vector<PluginOutcome> SandboxTest::run_all(std::vector<PluginRun> runs, const std::function<bool()>& meanwhile) {
  std::vector<PluginOutcome> outcomes(runs.size());
  std::size_t left = runs.size();
  asio::steady_timer timer(*io_);
  std::function<void()> ask_again = [&] {
    timer.expires_after(std::chrono::milliseconds(5));
    timer.async_wait([&](boost::system::error_code cancelled) {
      if (!cancelled && left > 0 && !meanwhile()) ask_again();
    });
  };
  for (std::size_t i = 0; i < runs.size(); ++i)
    asio::co_spawn(
        *io_,
        [&, i]() -> asio::awaitable<void> {
          outcomes[i] = co_await cluster_->run(std::move(runs[i]));
          if (--left == 0) timer.cancel();
        },
        asio::detached);
  if (meanwhile) ask_again();
  io_->run();
  io_->restart();
  return outcomes;
}

PluginOutcome SandboxTest::run(PluginRun run) {
  std::vector<PluginRun> one;
  one.push_back(std::move(run));
  return std::move(run_all(std::move(one)).front());
}

std::string SandboxTest::output_of(std::vector<std::string> words) {
  const PluginOutcome outcome = run(plugin(std::move(words)));
  EXPECT_EQ(outcome.how, AttemptOutcome::succeeded) << outcome.message;
  return outcome.output;
}

std::vector<int> SandboxTest::plugin_processes() const { return processes_of("./plugin"); }

std::vector<int> SandboxTest::launchers() const { return processes_of(ORC_LAUNCHER); }

std::vector<int> SandboxTest::processes_of(const std::string& program) const {
  std::vector<int> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    int process = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), process).ec != std::errc{}) continue;
    std::string words = read_kernel_file(entry.path() / "cmdline");
    if (words.starts_with(program + '\0') && words.contains(marker_)) found.push_back(process);
  }
  return found;
}

fs::path SandboxTest::package_folder() const { return folder_ / "packages" / to_hex(package_); }

}  // namespace orc
