#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "adapters/system/system_clock.h"
#include "ports/cluster.h"
#include "tests/fakes/fake_credentials.h"
#include "tests/fakes/memory_blobs.h"
#include "tests/fakes/recording_event_log.h"

namespace orc {

// Where plugins run: each level of the sandbox, its processes that stay up at each, and containers of a real Docker Engine.
enum class BackEnd : std::uint8_t { strict, container, none, warm, warm_container, warm_none, docker };

std::string to_word(BackEnd back_end);
bool stays_up(BackEnd back_end);

// What a bench is made of, by the kind of its back end.
struct BenchPorts {
  boost::asio::io_context& io;
  MemoryBlobStore& blobs;
  EventLog& log;
  Clock& clock;
};

// BenchCluster is a cluster with all that it needs on this host. Goes with everything that it made.
class BenchCluster {
 public:
  virtual ~BenchCluster() = default;
  virtual Cluster& cluster() = 0;
  // Makes a run one of orc-test-plugin (adapters/sandbox/testing/test_plugin.cc), whose processes carry bench_marker().
  virtual void prepare(PluginRun& run) = 0;
  virtual void request_stop() = 0;
  // Of runs, beside processes: containers, volumes.
  virtual std::vector<std::string> left() = 0;
};

// An argument that only the plugins of this process have.
const std::string& bench_marker();

// Why none of that kind can be had on this host; empty: it can.
std::string why_not(BackEnd back_end);
std::unique_ptr<BenchCluster> make_bench_cluster(BackEnd back_end, BenchPorts ports);

// ClusterBench runs orc-test-plugin on one back end and tells in words what came of it.
class ClusterBench {
 public:
  explicit ClusterBench(BackEnd back_end);
  ~ClusterBench();
  ClusterBench(const ClusterBench&) = delete;
  ClusterBench& operator=(const ClusterBench&) = delete;

  // The plugin in the mode `words`, ready to be changed and run. No word holds a "|".
  PluginRun order(const std::vector<std::string>& words, std::string input = R"({"n": 1})");

  // The same for another job.
  PluginRun again(PluginRun run);

  PluginOutcome run(PluginRun run);
  // Cancels it as soon as its log or its progress has begun.
  PluginOutcome run_until_it_speaks(PluginRun run);
  std::vector<PluginOutcome> run_all(std::vector<PluginRun> runs, const std::function<bool()>& meanwhile);

  // "succeeded: OUTPUT", or "HOW CODE: MESSAGE".
  std::string tell(const PluginOutcome& outcome) const;
  // The output, as a program of mode `once` writes it.
  std::string output_of(const PluginOutcome& outcome) const;

  // Whether nothing of runs is left on this host within five seconds: "gone", or what is there.
  std::string what_is_left();

  ContentHash put(std::string bytes);
  std::string get(const ContentHash& hash);
  void request_stop() { cluster_->request_stop(); }
  void cancel(JobId job, Fence fence) { cluster_->cluster().cancel(job, fence); }
  // Called whenever a file that a run left is to be kept.
  void when_a_file_is_kept(std::function<void()> act) { blobs_.when_put = std::move(act); }

  // What the last run_until_it_speaks() told while it went on.
  std::vector<std::string> heard_log;
  std::vector<Progress> heard_progress;

 private:
  const BackEnd back_end_;
  SystemClock clock_;
  MemoryState state_{clock_};
  FakeDigest digest_;
  MemoryBlobStore blobs_{state_, digest_};
  RecordingEventLog log_;
  boost::asio::io_context io_{1};
  std::unique_ptr<BenchCluster> cluster_;
  int next_job_ = 1;
};

}  // namespace orc
