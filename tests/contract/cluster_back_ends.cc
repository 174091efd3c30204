// The back ends of the bench: a LocalCluster at each level, and a DockerCluster at an engine of this program's own.

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/docker/docker_cluster.h"
#include "adapters/docker/engine_client.h"
#include "adapters/json/json_document.h"
#include "adapters/sandbox/local_cluster.h"
#include "adapters/sandbox/testing/copied_program.h"
#include "tests/contract/cluster_bench.h"

namespace orc {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr const char* image = "orc-test-plugin:1";

fs::path new_folder() {
  std::string name = "/tmp/orc-bench-XXXXXX";  // a short path: it holds sockets
  if (mkdtemp(name.data()) == nullptr) std::abort();
  return name;
}

template <typename T>
T wait_for(asio::io_context& io, asio::awaitable<T> task) {
  std::optional<T> outcome;
  asio::co_spawn(io, [&]() -> asio::awaitable<void> { outcome = co_await std::move(task); }, asio::detached);
  io.restart();
  while (!outcome) io.run_one();
  return std::move(*outcome);
}

class SandboxBench final : public BenchCluster {
 public:
  SandboxBench(Isolation level, PluginMode mode, BenchPorts ports)
      : mode_(mode),
        package_(*wait_for(ports.io, ports.blobs.put(ORC_TEST_PLUGIN))),
        cluster_(ports.io.get_executor(), settings(level, folder_), ports.blobs, copy_program, ports.log, ports.clock) {
    cluster_.start();
    EXPECT_TRUE(cluster_.facts().strongest == level)
        << "this host cannot make a sandbox, so nothing here can be tested: " << cluster_.facts().problem;
  }
  ~SandboxBench() override {
    std::error_code ignored;  // a folder of the tests that stays hurts nobody
    fs::remove_all(folder_, ignored);
  }

  Cluster& cluster() override { return cluster_; }
  void prepare(PluginRun& run) override {
    run.version.spec.package = package_;
    run.version.spec.command = {"./plugin", bench_marker()};
    run.version.spec.mode = mode_;
    run.version.spec.warm.files_out = mode_ == PluginMode::warm;
  }
  void request_stop() override { cluster_.request_stop(); }
  std::vector<std::string> left() override { return {}; }

 private:
  static SandboxSettings settings(Isolation level, const fs::path& folder) {
    SandboxSettings settings{
        .slots = 2, .warm_processes = 2, .data_dir = folder, .launcher = ORC_LAUNCHER, .strongest = level, .least = level};
    // Processes are counted by uid, zombies too: so not those of a service on this machine, nor of any other test.
    settings.uids.first = 300'000 + static_cast<std::uint32_t>(std::hash<std::string>{}(folder.string()) % 1'000'000) * 2;
    // The levels that must do without cgroups are shown to do so.
    if (level != Isolation::strict) settings.mountinfo = "/dev/null";
    settings.network = NetworkAccess::host;  // for the runs that say so
    return settings;
  }

  const fs::path folder_ = new_folder();
  const PluginMode mode_;
  const ContentHash package_;
  LocalCluster cluster_;
};

// A Docker Engine with an image of orc-test-plugin, started when it is first asked for and ended with this program.
class EngineOfTests final : public testing::Environment {
 public:
  void TearDown() override {
    if (is_tried_) service("down");
    std::error_code ignored;  // a folder of the tests that stays hurts nobody
    fs::remove_all(folder_, ignored);
  }

  // Why there is none.
  const std::string& problem() {
    if (!std::exchange(is_tried_, true)) start();
    return problem_;
  }
  std::string socket() const { return folder_ / "docker/docker.sock"; }

 private:
  // What a command says; its exit code is kept.
  std::string said_by(const std::string& command) {
    std::string said;
    FILE* const output = popen(command.c_str(), "re");
    if (output == nullptr) return "cannot start " + command;
    std::array<char, 65536> part{};
    for (std::size_t size = 0; (size = fread(part.data(), 1, part.size(), output)) > 0;) said.append(part.data(), size);
    const int status = pclose(output);
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    return said;
  }

  std::string service(const std::string& act) {
    return said_by("/usr/bin/python3 " ORC_SERVICES "/run.py " + act + " docker --folder " + folder_.string() + " 2>&1");
  }

  void start() {
    const std::string said = service("up");
    if (code_ != 0) {
      problem_ = "no Docker Engine can be started here: " + said.substr(said.substr(0, said.size() - 1).rfind('\n') + 1);
      return;
    }
    const fs::path program = ORC_TEST_PLUGIN;
    std::string tar = said_by("tar --mode=0755 -C " + program.parent_path().string() + " -cf - " + program.filename().string());
    asio::io_context io;
    EngineClient engine(io.get_executor(), socket());
    const std::string entry = R"(ENTRYPOINT ["/)" + program.filename().string() + R"(",")" + bench_marker() + "\"]";
    const auto made =
        wait_for(io, engine.ask({.method = "POST",
                                 .target = "/images/create?fromSrc=-&repo=orc-test-plugin&tag=1&changes=" + query_encoded(entry),
                                 .body = std::move(tar),
                                 .content_type = "application/x-tar"}));
    if (!made) problem_ = made.error().message;
  }

  const fs::path folder_ = new_folder();
  bool is_tried_ = false;
  int code_ = 0;
  std::string problem_;
};

EngineOfTests& engine_of_tests() {
  static auto* const engine = new EngineOfTests;  // the test program's, once it is one of its environments
  return *engine;
}

[[maybe_unused]] const auto* const registered = testing::AddGlobalTestEnvironment(&engine_of_tests());

class DockerBench final : public BenchCluster {
 public:
  explicit DockerBench(BenchPorts ports)
      : io_(ports.io),
        engine_(ports.io.get_executor(), engine_of_tests().socket()),
        cluster_(
            ports.io.get_executor(),
            {.socket = engine_of_tests().socket(), .network = NetworkAccess::host, .owner = "0123456789abcdef", .launcher = ORC_LAUNCHER},
            ports.blobs, ports.log, ports.clock) {
    const auto started = wait_for(io_, cluster_.start());
    EXPECT_TRUE(started) << started.error().message;
  }

  Cluster& cluster() override { return cluster_; }
  void prepare(PluginRun& run) override { run.version.spec.docker_image_url = image; }
  void request_stop() override { cluster_.request_stop(); }
  std::vector<std::string> left() override {
    std::vector<std::string> found;
    for (const char* target : {"/containers/json?all=1", "/volumes"}) {
      const auto told = wait_for(io_, engine_.ask({.target = target}));
      const bool is_empty =
          told && (told->body == "[]\n" || told->body.contains(R"("Volumes":[])") || told->body.contains(R"("Volumes":null)"));
      if (!is_empty) found.push_back(std::string(target) + ": " + (told ? told->body : told.error().message).substr(0, 300));
    }
    return found;
  }

 private:
  asio::io_context& io_;
  EngineClient engine_;
  DockerCluster cluster_;
};

}  // namespace

std::string why_not(BackEnd back_end) { return back_end == BackEnd::docker ? engine_of_tests().problem() : ""; }

std::unique_ptr<BenchCluster> make_bench_cluster(BackEnd back_end, BenchPorts ports) {
  switch (back_end) {
    case BackEnd::strict:
      return std::make_unique<SandboxBench>(Isolation::strict, PluginMode::once, ports);
    case BackEnd::container:
      return std::make_unique<SandboxBench>(Isolation::container, PluginMode::once, ports);
    case BackEnd::none:
      return std::make_unique<SandboxBench>(Isolation::none, PluginMode::once, ports);
    case BackEnd::warm:
      return std::make_unique<SandboxBench>(Isolation::strict, PluginMode::warm, ports);
    case BackEnd::warm_container:
      return std::make_unique<SandboxBench>(Isolation::container, PluginMode::warm, ports);
    case BackEnd::warm_none:
      return std::make_unique<SandboxBench>(Isolation::none, PluginMode::warm, ports);
    case BackEnd::docker:
      return std::make_unique<DockerBench>(ports);
  }
  return nullptr;
}

}  // namespace orc
