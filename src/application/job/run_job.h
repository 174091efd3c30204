#pragma once

#include "application/job/payloads.h"
#include "domain/job/attempt.h"
#include "ports/clock.h"
#include "ports/cluster.h"
#include "ports/job_reader.h"
#include "ports/job_signals.h"
#include "ports/job_store.h"
#include "ports/plugin_store.h"
#include "ports/random_source.h"
#include "ports/schema_validator.h"

namespace orc {

// RunJob takes one claimed job to the end of its attempt.
class RunJob {
 public:
  struct Ports {
    JobStore& store;
    JobReader& reader;
    PluginReader& plugins;
    SchemaValidator& schemas;
    Cluster& cluster;
    JobSignals& signals;
    RandomSource& random;
    Clock& clock;
  };

  RunJob(Ports ports, Payloads& payloads) : ports_(ports), payloads_(payloads) {}

  // The job's status afterwards. While the store is away the end of the attempt is held and offered again every second; only request_stop()
  // lets go of it, and then the next owner of the store finds the job still processing and rescues it.
  // Errors: conflict or not_found, if the job was taken from us meanwhile: cancelled, deleted, or rescued because our beat came too late.
  Async<JobStatus> run(ClaimedJob job);

  // From now on an end that cannot be stored is offered once only.
  void request_stop() { stopping_ = true; }

 private:
  boost::asio::awaitable<PluginOutcome> execute(const ClaimedJob& job, const PluginVersion& version, std::string input);
  Async<JobStatus> withdraw(const ClaimedJob& job);
  Async<JobStatus> give_back(const ClaimedJob& job, Error reason);
  boost::asio::awaitable<void> hold_against_schema(const PluginVersion& version, PluginOutcome& outcome);
  Async<AttemptEnd> decide(const ClaimedJob& job, const PluginVersion& version, PluginOutcome outcome);
  boost::asio::awaitable<void> pause(JobId job);
  Async<JobStatus> finish(AttemptEnd end);

  Ports ports_;
  Payloads& payloads_;
  bool stopping_ = false;
};

}  // namespace orc
