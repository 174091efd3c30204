#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/job/attempt.h"
#include "domain/job/run_report.h"
#include "domain/plugin/plugin.h"
#include "ports/async.h"

namespace orc {

// RunObserver hears what a run says while it goes on. Called on a thread of the cluster's; each call must be short.
class RunObserver {
 public:
  virtual ~RunObserver() = default;

  // Further lines from the beginning of what will be PluginOutcome::log, in order and with the same numbers. Only its first part is told
  // so: what will be left out of a long log is not known before its end.
  virtual void log_grew(std::span<const LogLine> lines) = 0;

  // How far the run is, by its own words; what it said before counts no more. However fast it talks, this comes a bounded number of times
  // a second.
  virtual void progressed(const Progress& progress) = 0;
};

// One run of a plugin: what, with which input, within which bounds.
struct PluginRun {
  JobId job{};
  Fence fence{};  // with `job` the name of this run
  int attempt = 1;
  std::optional<UserId> owner;  // of the job; empty: nobody any more
  PluginVersion version;
  std::string input;  // one JSON document
  std::chrono::seconds timeout{60};
  std::uint64_t service = 1;        // tells the jobs of this service from another's
  RunObserver* observer = nullptr;  // borrowed until run() returns; null: nobody listens
};

struct PluginOutcome {
  AttemptOutcome how = AttemptOutcome::failed;
  std::string output;               // standard output, if succeeded: bounded, not yet held against the schema
  std::string message;              // if not succeeded: one sentence, with the end of standard error where that says more
  std::vector<LogLine> log;         // standard error, bounded; `n` from 1
  std::vector<Artifact> artifacts;  // what it left in its output folder, durable in the blobs that the cluster was given
  std::optional<int> exit_code;
  Usage usage;
  Isolation isolation = Isolation::strict;
  std::string image;  // digest of the image that ran, such as "sha256:…"; empty: the plugin is no image, or its image was not found
};

// Cluster runs plugins somewhere and says how each ended. An outcome is never an error: failing is what plugins do.
// Thread-safe. Bounds of the version's limits and the run's time-out hold whatever the plugin does; nothing of the run is left
// behind when run() returns.
class Cluster {
 public:
  virtual ~Cluster() = default;

  // Never throws. What cannot be started within its limits here is `refused`, with the reason and what would help.
  virtual boost::asio::awaitable<PluginOutcome> run(PluginRun run) = 0;

  // Ends that run soon, if it is here: its run() returns with `cancelled`.
  virtual void cancel(JobId job, Fence fence) = 0;
};

}  // namespace orc
