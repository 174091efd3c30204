#pragma once

#include "adapters/metrics/metrics.h"
#include "ports/job_store.h"

namespace orc {

// MeasuredJobStore counts what goes through a JobStore. Thread-safe as that is.
class MeasuredJobStore final : public JobStore {
 public:
  // Both outlive the store.
  MeasuredJobStore(JobStore& next, Metrics& metrics) : next_(next), metrics_(metrics) {}

  boost::asio::awaitable<SubmitOutcome> submit(std::vector<NewJob> jobs) override;
  Async<Claim> claim(WorkerId worker, int count) override;
  Async<void> report(WorkerId worker, RunName run, RunReport report) override { return next_.report(worker, run, std::move(report)); }
  Async<JobStatus> finish(AttemptEnd end) override;
  Async<JobStatus> cancel(JobId id) override;
  Async<void> retry(JobId id) override { return next_.retry(id); }
  Async<void> erase(JobId id) override { return next_.erase(id); }
  Async<Rescue> rescue(WorkerId dead, WorkerEnd end) override;
  Async<std::vector<JobId>> end_overdue(int count) override { return next_.end_overdue(count); }
  Async<EndedOrphans> end_orphans(int count) override;

 private:
  JobStore& next_;
  Metrics& metrics_;
};

}  // namespace orc
