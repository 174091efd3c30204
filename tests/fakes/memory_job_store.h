#pragma once

#include "ports/job_store.h"
#include "tests/fakes/memory_state.h"

namespace orc {

// MemoryJobStore is the JobStore of tests: the contract word by word, in the plainest code, slow with many jobs.
class MemoryJobStore final : public JobStore {
 public:
  explicit MemoryJobStore(MemoryState& state) : state_(state) {}

  Async<std::vector<SubmittedJob>> submit(std::vector<NewJob> jobs) override;
  Async<Claim> claim(WorkerId worker, int count) override;
  Async<JobStatus> finish(AttemptEnd end) override;
  Async<void> cancel(JobId id) override;
  Async<void> retry(JobId id) override;
  Async<void> erase(JobId id) override;
  Async<Rescue> rescue(WorkerId dead) override;

 private:
  Result<void> check(const NewJob& job) const;
  SubmittedJob insert(NewJob job);
  MemoryJob* next_to_run();
  ClaimedJob start(MemoryJob& job, const Worker& worker);
  void keep_log(MemoryJob& job, std::vector<LogLine> log);

  MemoryState& state_;
};

}  // namespace orc
