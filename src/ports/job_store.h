#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

#include "domain/job/attempt.h"
#include "domain/job/job.h"
#include "domain/job/run_name.h"
#include "domain/job/verdict.h"
#include "ports/async.h"

namespace orc {

struct SubmittedJob {
  JobId id{};
  Timestamp created_at{};
  bool is_repeat = false;  // its idempotency key named an earlier job; nothing was made
};

// Why submit() stored nothing.
struct SubmitRefusal {
  enum class Kind : std::uint8_t {
    owner_gone,        // not_found: the user was removed
    plugin_gone,       // not_found: the plugin or its version was removed
    upload_gone,       // not_found: an upload that `blobs` names is not there (any more)
    key_reused,        // invalid_argument: the job's idempotency key came with another request
    batch_key_reused,  // invalid_argument: the key of the batch did
    store,             // no job's fault: the code of `error` says what
  };
  Error error;
  Kind kind = Kind::store;
  std::size_t index = 0;  // of the first job that is refused; of no meaning with `store`
};

using SubmitOutcome = std::expected<std::vector<SubmittedJob>, SubmitRefusal>;

// A job that has waited for so long, and that a worker could run but has no room for just now, keeps its place there: what stands behind it
// in the order gets only room that it does not need (docs/placement.md).
inline constexpr std::chrono::seconds placement_patience{30};

struct Claim {
  std::vector<ClaimedJob> jobs;
  std::optional<Timestamp> next_due;  // when the earliest delayed job becomes due; always set if `jobs` is empty and one is delayed
  bool waits_for_room = false;  // not all that were asked for: others wait that this worker could run once some of its runs have ended
};

// One rescue takes so many jobs away from a worker at most, so that it is short whatever the worker has taken.
inline constexpr int rescue_batch_max = 500;

struct Rescue {
  std::vector<JobId> requeued;
  std::vector<JobId> failed;  // taken for the cause, by judge_loss()
};

// What end_orphans() ended.
struct EndedOrphans {
  std::vector<JobId> jobs;
  int attempts_cancelled = 0;  // of those jobs that were processing
};

// JobStore keeps every job and its history. It is the truth; queues and events are hints about it.
// Thread-safe. Each method is one transaction: on error nothing has changed, and on success it survives a power cut.
// Counters, attempts, dead letters and share turns change in the same transaction as the job.
// Every method: unavailable, if the store cannot be written just now (disk full, server away).
// Every implementation passes tests/contract/job_*_contract.cc.
class JobStore {
 public:
  virtual ~JobStore() = default;

  // Stores 1..job_batch_max jobs, all or none, in the order given; ids rise in that order. The answers stand in the same order.
  // An idempotency key (of the same owner, younger than 24 h) that came before, or stands earlier in `jobs`, makes nothing and names
  // the earlier job; erasing a job frees its key. Keys come first: nothing else of a repeat is looked at, so that it is answered whatever
  // has become of its plugin since.
  // The key of a batch is one more key of the job that carries it: remembered when that job is made, freed when it is erased. It names
  // nothing that could be answered, so that with the same request it changes nothing. Of several faults one is told.
  // Errors: see SubmitRefusal.
  virtual boost::asio::awaitable<SubmitOutcome> submit(std::vector<NewJob> jobs) = 0;

  // Moves up to `count` (1..1000) due jobs from queued to processing for `worker`, raising the fence of each. A job goes to one
  // caller only. Order: higher priority first; within one priority the share keys take turns, job by job, however many jobs
  // each has waiting and however long it had none (one that ran dry and comes back may go once more in a round); within one key the
  // lowest id first. Never waits for work: an empty list is an answer, also for a worker that is draining.
  // Only jobs whose plugin's requirements (domain/placement/requirements.h) the worker's equipment meets, together with what it holds
  // already; the others stay, hold up nobody and cost their keys no turn. See placement_patience for large ones.
  // An orphan (see end_orphans()) is passed over and costs its key no turn. Many orphans before other jobs may make one call give fewer
  // than are due. Errors: not_found, if the worker was removed: nobody would rescue what it won.
  virtual Async<Claim> claim(WorkerId worker, int count) = 0;

  // What a run says while it goes on: lines of its log are there to be read at once, its progress stands in the job until the attempt ends.
  // A repeat changes nothing.
  // Errors: not_found; conflict, if the run is not `worker`'s any more, by its fence; invalid_argument, if lines are missing before the
  // first one, or if the attempt's log grew beyond reported_lines_max or reported_bytes_max: the rest may come with its end.
  virtual Async<void> report(WorkerId worker, RunName run, RunReport report) = 0;

  // Ends an attempt if its fence is still the job's, and stores those lines of its log that no report() brought. What next_status() says
  // happens: with failed_for_now the job is due again after `wait`; with failed_for_good it also becomes a dead letter whose reason is the
  // message; with plugin_removed it fails with the message alone; given_back takes the attempt's number back, and the job is due at once;
  // so does not_started, with wait_to_start_again(), until within_losses() says that it is for good (domain/job/verdict.h);
  // succeeded clears error_message. Errors: not_found; conflict, if another claim has raised the fence or the job is no longer processing:
  // the late result is dropped, but for what a run used that a cancel cut off, the lines of its log that no report() brought, and that it
  // has ended: these become its attempt's.
  virtual Async<JobStatus> finish(AttemptEnd end) = 0;

  // Cancels a queued or processing job, and gives the status that it had. A run in progress is not stopped by this: its attempt ends as
  // cancelled here, and its finish() will find a conflict. Errors: not_found; conflict, naming the state that does not allow it.
  virtual Async<JobStatus> cancel(JobId id) = 0;

  // Puts an ended job back into the queue, due at once: result, artifacts, error, times and attempt count are cleared, its history of
  // attempts (numbers run on) and its log stay, its lost workers are forgotten, a dead letter of it is removed.
  // Errors: not_found; conflict, naming the state that does not allow it.
  virtual Async<void> retry(JobId id) = 0;

  // Removes a job with its attempts and log, in whatever state. A late finish() of it finds not_found.
  // Errors: not_found.
  virtual Async<void> erase(JobId id) = 0;

  // Gives the processing jobs of a worker that is known to be dead back to the queue, due as judge_loss() says (domain/job/verdict.h), at
  // no cost of an attempt; those that it takes for the cause become failed and dead letters. Raises each fence. The attempts end as
  // worker_lost. Up to rescue_batch_max of them, those with the lowest ids; fewer means that none is left. A worker that has no job, or is
  // gone, gives two empty lists.
  virtual Async<Rescue> rescue(WorkerId dead, WorkerEnd end) = 0;

  // Ends up to `count` (1..1000) queued jobs that have been due for longer than their NewJob::queue_time, those first that should have been
  // run first: each fails and becomes a dead letter with too_late_to_run() as its reason. Gives them; fewer than `count` means that none is
  // left.
  virtual Async<std::vector<JobId>> end_overdue(int count) = 0;

  // Ends up to `count` (1..1000) orphans: what was unfinished when its owner was removed is cancelled, as by cancel(); a queued job whose
  // plugin was removed fails with a sentence that says so, and is no dead letter, since somebody wanted it so. Fewer than `count` means
  // that none is left. A job that is processing when its plugin is removed goes on; it is an orphan once it is queued again.
  virtual Async<EndedOrphans> end_orphans(int count) = 0;
};

}  // namespace orc
