#pragma once

#include <string>
#include <vector>

#include "application/job/job_access.h"
#include "domain/placement/room.h"
#include "ports/clock.h"
#include "ports/plugin_store.h"
#include "ports/worker_store.h"

namespace orc {

// Why a job does not run yet, the first that holds.
enum class WaitReason : std::uint8_t {
  not_queued,      // it runs, or has ended
  delayed,         // until run_at
  plugin_removed,  // it fails within seconds
  no_worker,       // nobody is there
  unplaceable,     // of those that are there nobody meets its requirements
  no_room,         // who could run it is busy or draining
  its_turn,        // who could run it is free; others come first, or it is about to start
};

std::string_view to_word(WaitReason reason);

// One worker, seen by one job.
struct WorkerView {
  Worker worker;
  std::int64_t runs = 0;
  Fit fit = Fit::now;
  std::vector<Unmet> unmet;
};

struct JobExplanation {
  Job job;  // without payloads' bytes
  WaitReason reason = WaitReason::not_queued;
  std::string message;              // one sentence
  Requirements requirements;        // of a job that is queued
  WaitingBefore before;             // likewise
  std::vector<Unmet> nobody_meets;  // requirements that no present worker meets, whatever it is doing; `offered` is the most there is
  std::vector<WorkerView> workers;  // by rising id
};

// ExplainJob says why a queued job does not run yet, in words and data (contract section 11).
class ExplainJob {
 public:
  struct Ports {
    JobReader& jobs;
    PluginReader& plugins;
    WorkerStore& workers;
    Clock& clock;
  };

  ExplainJob(JobAccess& access, Ports ports) : access_(access), ports_(ports) {}

  // Errors: those of JobAccess::get().
  Async<JobExplanation> run(const Principal& who, JobId id);

 private:
  Async<void> look_at_workers(JobExplanation& explanation);

  JobAccess& access_;
  const Ports ports_;
};

}  // namespace orc
