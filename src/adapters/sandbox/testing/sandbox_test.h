#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "adapters/sandbox/local_cluster.h"
#include "adapters/system/system_clock.h"
#include "tests/fakes/fake_credentials.h"
#include "tests/fakes/memory_blobs.h"
#include "tests/fakes/recording_event_log.h"

namespace orc {

// SandboxTest has a LocalCluster of two slots that runs orc-test-plugin (testing/test_plugin.cc) as real processes in real sandboxes.
// A host that cannot make one fails these tests, with the reason: they are the only proof that plugins are held.
class SandboxTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // The plugin in the mode `words`, ready to be changed and run.
  PluginRun plugin(std::vector<std::string> words, std::string input = R"({"n": 1})");

  // Runs and waits. `meanwhile` is called when every run has been launched, and once more a moment after, until it says true.
  PluginOutcome run(PluginRun run);
  std::vector<PluginOutcome> run_all(std::vector<PluginRun> runs, const std::function<bool()>& meanwhile = {});

  // The output of a run that must succeed.
  std::string output_of(std::vector<std::string> words);

  // Host pids of the plugin's processes, as the host's process list shows them.
  std::vector<int> plugin_processes() const;

  // Those of orc-launch, each the ancestor of one run.
  std::vector<int> launchers() const;

  // The unpacked package, as the host sees it; there after the first run.
  std::filesystem::path package_folder() const;

  void start_cluster(const SandboxSettings& settings);

  // That run the program for this test.
  std::vector<int> processes_of(const std::string& program) const;

  Isolation level_ = Isolation::strict;  // that SetUp() makes a cluster of
  std::filesystem::path folder_;
  SystemClock clock_;
  MemoryState state_{clock_};
  FakeDigest digest_;
  MemoryBlobStore blobs_{state_, digest_};
  RecordingEventLog log_;
  ContentHash package_;
  std::unique_ptr<boost::asio::io_context> io_;
  std::unique_ptr<LocalCluster> cluster_;
  SandboxSettings settings_;
  Unpack unpack_;  // for start_cluster(); an archive is the path of the program
  int next_job_ = 1;
  std::string marker_;  // an argument that only this test's plugins carry
};

}  // namespace orc
