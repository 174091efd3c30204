#pragma once

#include "domain/placement/claim_room.h"
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
  Async<Rescue> rescue(WorkerId dead, WorkerEnd end) override;
  Async<std::vector<JobId>> end_overdue(int count) override;
  Async<EndedOrphans> end_orphans(int count) override;

 private:
  std::expected<void, SubmitRefusal> check(const NewJob& job, std::size_t index) const;
  SubmittedJob insert(NewJob job);
  struct Rank {
    int priority;  // negative
    std::int64_t turn;
    JobId id;
    auto operator<=>(const Rank&) const = default;
  };

  void restart_wait(MemoryJob& row) const;
  Rank rank_of(const MemoryJob& job) const;
  bool may_run_now(const MemoryJob& job) const;
  ClaimRoom room_of(const Worker& worker, const ClaimRoom::Classes& classes) const;
  // A version's number serves as the class of what it needs.
  ClaimRoom::Classes all_needs() const;
  std::optional<Rank> keep_room(ClaimRoom& room) const;
  MemoryJob* next_to_run(const ClaimRoom& room, const std::optional<Rank>& kept);
  ClaimedJob start(MemoryJob& job, const Worker& worker);
  // The first `lines_stored` of them are there already.
  void keep_log(MemoryJob& job, std::vector<LogLine> log, std::int64_t lines_stored);
  // Of a run that a cancel cut off.
  void tell_rest(MemoryJob& job, AttemptEnd end, std::int64_t lines_stored, ReportedLog reported);

  MemoryState& state_;
};

}  // namespace orc
