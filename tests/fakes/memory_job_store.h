#pragma once

#include "ports/job_store.h"
#include "tests/fakes/memory_state.h"

namespace orc {

// MemoryJobStore is the JobStore of tests: the contract word by word, in the plainest code, slow with many jobs.
class MemoryJobStore final : public JobStore {
 public:
  explicit MemoryJobStore(MemoryState& state) : state_(state) {}

  boost::asio::awaitable<SubmitOutcome> submit(std::vector<NewJob> jobs) override;
  Async<Claim> claim(WorkerId worker, int count) override;
  Async<void> report(WorkerId worker, RunName run, RunReport report) override;
  Async<JobStatus> finish(AttemptEnd end) override;
  Async<JobStatus> cancel(JobId id) override;
  Async<void> retry(JobId id) override;
  Async<void> erase(JobId id) override;
  Async<Rescue> rescue(WorkerId dead) override;
  Async<EndedOrphans> end_orphans(int count) override;

 private:
  std::expected<void, SubmitRefusal> check(const NewJob& job, std::size_t index) const;
  SubmittedJob insert(NewJob job);
  MemoryJob* next_to_run();
  ClaimedJob start(MemoryJob& job, const Worker& worker);
  void keep_log(MemoryJob& job, std::vector<LogLine> log);

  MemoryState& state_;
};

}  // namespace orc
