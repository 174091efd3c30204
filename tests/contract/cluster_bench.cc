#include "tests/contract/cluster_bench.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <unistd.h>

#include "adapters/json/json_document.h"
#include "adapters/sandbox/cgroup_files.h"

namespace orc {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto look_interval = 10ms;
constexpr auto left_patience = 5s;

class Ear final : public RunObserver {
 public:
  explicit Ear(ClusterBench& bench) : bench_(bench) {}
  void log_grew(std::span<const LogLine> lines) override {
    for (const LogLine& line : lines) bench_.heard_log.push_back(line.text);
  }
  void progressed(const Progress& progress) override { bench_.heard_progress.push_back(progress); }

 private:
  ClusterBench& bench_;
};

// As the host's process list shows them, whoever made them.
std::vector<std::string> marked_processes() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::string words = read_kernel_file(entry.path() / "cmdline");
    std::ranges::replace(words, '\0', ' ');
    if (words.contains(bench_marker())) found.push_back(name + ": " + words.substr(0, 100));
  }
  return found;
}

}  // namespace

std::string to_word(BackEnd back_end) {
  switch (back_end) {
    case BackEnd::strict:
      return "strict";
    case BackEnd::container:
      return "container";
    case BackEnd::none:
      return "none";
    case BackEnd::warm:
      return "warm";
    case BackEnd::warm_container:
      return "warm_container";
    case BackEnd::warm_none:
      return "warm_none";
    case BackEnd::docker:
      return "docker";
  }
  return {};
}

bool stays_up(BackEnd back_end) {
  return back_end == BackEnd::warm || back_end == BackEnd::warm_container || back_end == BackEnd::warm_none;
}

const std::string& bench_marker() {
  static const std::string marker = "orc-cluster-bench-" + std::to_string(getpid());
  return marker;
}

ClusterBench::ClusterBench(BackEnd back_end)
    : back_end_(back_end), cluster_(make_bench_cluster(back_end, {.io = io_, .blobs = blobs_, .log = log_, .clock = clock_})) {}

// What runs at the weak levels began may outlive them, and nothing of a test does.
ClusterBench::~ClusterBench() {
  cluster_.reset();
  for (const std::string& one : marked_processes()) kill(std::stoi(one), SIGKILL);
}

PluginRun ClusterBench::order(const std::vector<std::string>& words, std::string input) {
  PluginRun run{.job = JobId{next_job_}, .fence = Fence{7}, .attempt = 1, .version = {}, .input = std::move(input)};
  run.timeout = 20s;
  run.version.id = PluginVersionId{next_job_};  // so that no two orders share a process that stays up
  run.version.plugin = PluginId{next_job_};
  run.version.name = "test-plugin";
  run.version.spec.limits.grace = 1s;
  std::string told;
  for (const std::string& word : words) told += (told.empty() ? "" : "|") + word;
  run.version.spec.env["TEST_WORDS"] = told;
  cluster_->prepare(run);
  ++next_job_;
  return run;
}

PluginRun ClusterBench::again(PluginRun run) {
  run.job = JobId{next_job_++};
  return run;
}

std::vector<PluginOutcome> ClusterBench::run_all(std::vector<PluginRun> runs, const std::function<bool()>& meanwhile) {
  std::vector<PluginOutcome> outcomes(runs.size());
  std::size_t unfinished = runs.size();
  asio::steady_timer timer(io_);
  std::function<void()> ask_again = [&] {
    timer.expires_after(look_interval);
    timer.async_wait([&](boost::system::error_code cancelled) {
      if (!cancelled && unfinished > 0 && !meanwhile()) ask_again();
    });
  };
  for (std::size_t i = 0; i < runs.size(); ++i)
    asio::co_spawn(
        io_,
        [&, i]() -> asio::awaitable<void> {
          outcomes[i] = co_await cluster_->cluster().run(std::move(runs[i]));
          if (--unfinished > 0) co_return;
          timer.cancel();
          io_.stop();  // a process that stays up goes on
        },
        asio::detached);
  if (meanwhile) ask_again();
  io_.restart();
  io_.run();
  return outcomes;
}

PluginOutcome ClusterBench::run(PluginRun run) {
  std::vector<PluginRun> one;
  one.push_back(std::move(run));
  return std::move(run_all(std::move(one), {}).front());
}

PluginOutcome ClusterBench::run_until_it_speaks(PluginRun run) {
  heard_log.clear();
  heard_progress.clear();
  Ear ear(*this);
  run.observer = &ear;
  const auto name = std::pair(run.job, run.fence);
  std::vector<PluginRun> one;
  one.push_back(std::move(run));
  return std::move(run_all(std::move(one), [&] {
                     if (heard_log.empty() && heard_progress.empty()) return false;
                     cluster_->cluster().cancel(name.first, name.second);
                     return true;
                   }).front());
}

std::string ClusterBench::output_of(const PluginOutcome& outcome) const {
  if (!stays_up(back_end_)) return outcome.output;
  const auto document = JsonDocument::parse(outcome.output);
  return document ? document->root().as_string().value_or(outcome.output) : outcome.output;
}

std::string ClusterBench::tell(const PluginOutcome& outcome) const {
  if (outcome.how == AttemptOutcome::succeeded) return "succeeded: " + output_of(outcome);
  const std::string code = outcome.exit_code ? " " + std::to_string(*outcome.exit_code) : "";
  return std::string(to_word(outcome.how)) + code + ": " + outcome.message;
}

std::string ClusterBench::what_is_left() {
  std::vector<std::string> found;
  const auto deadline = std::chrono::steady_clock::now() + left_patience;
  for (;;) {
    found = marked_processes();
    for (const std::string& one : cluster_->left()) found.push_back(one);
    if (found.empty() || std::chrono::steady_clock::now() > deadline) break;
    asio::steady_timer pause(io_, look_interval);
    pause.async_wait([this](boost::system::error_code) { io_.stop(); });
    io_.restart();
    io_.run();
  }
  return found.empty() ? "gone" : std::to_string(found.size()) + " left: " + found.front();
}

ContentHash ClusterBench::put(std::string bytes) {
  std::optional<ContentHash> hash;
  asio::co_spawn(io_, [&]() -> asio::awaitable<void> { hash = (co_await blobs_.put(std::move(bytes))).value(); }, asio::detached);
  io_.restart();
  while (!hash) io_.run_one();
  return *hash;
}

std::string ClusterBench::get(const ContentHash& hash) {
  std::optional<std::string> bytes;
  asio::co_spawn(io_, [&]() -> asio::awaitable<void> { bytes = (co_await blobs_.get(hash)).value_or("not kept"); }, asio::detached);
  io_.restart();
  while (!bytes) io_.run_one();
  return *bytes;
}

}  // namespace orc
