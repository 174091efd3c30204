#pragma once

#include <optional>
#include <vector>

#include "domain/job/attempt.h"
#include "domain/job/job.h"
#include "ports/async.h"

namespace orc {

struct SubmittedJob {
  JobId id{};
  Timestamp created_at{};
  bool is_repeat = false;  // its idempotency key named an earlier job; nothing was made
};

struct Claim {
  std::vector<ClaimedJob> jobs;
  std::optional<Timestamp> next_due;  // when the earliest delayed job becomes due; always set if `jobs` is empty and one is delayed
};

struct Rescue {
  std::vector<JobId> requeued;
  std::vector<JobId> failed;  // lost their worker more than job_losses_max times
};

// JobStore keeps every job and its history. It is the truth; queues and events are hints about it.
// Thread-safe. Each method is one transaction: on error nothing has changed, and on success it survives a power cut.
// Counters, attempts, dead letters and share turns change in the same transaction as the job.
// Every method: unavailable, if the store cannot be written just now (disk full, server away).
// Every implementation passes tests/contract/job_store_contract.h.
class JobStore {
 public:
  virtual ~JobStore() = default;

  // Stores 1..job_batch_max jobs, all or none, in the order given; ids rise in that order. The answers stand in the same order.
  // An idempotency key (of the same owner, younger than 24 h) that came before, or stands earlier in `jobs`, makes nothing and names
  // the earlier job; erasing a job frees its key.
  // Errors: invalid_argument, if such a key came with another request; not_found, if an owner, a plugin or its version is gone, or an
  // upload that `blobs` names.
  virtual Async<std::vector<SubmittedJob>> submit(std::vector<NewJob> jobs) = 0;

  // Moves up to `count` (1..1000) due jobs from queued to processing for `worker`, raising the fence of each. A job goes to one
  // caller only. Order: higher priority first; within one priority the share keys take turns, job by job, however many jobs
  // each has waiting and however long it had none (one that ran dry and comes back may go once more in a round); within one key the
  // lowest id first. Never waits for work: an empty list is an answer.
  // Errors: not_found, if the worker was removed: nobody would rescue what it won.
  virtual Async<Claim> claim(WorkerId worker, int count) = 0;

  // Ends an attempt if its fence is still the job's, and stores its log. What next_status() says happens: with failed_for_now the
  // job is due again after `wait`; with failed_for_good it also becomes a dead letter whose reason is the message; given_back
  // takes the attempt's number back, and the job is due at once; succeeded clears error_message.
  // Errors: not_found; conflict, if another claim has raised the fence or the job is no longer processing: the late result is dropped.
  virtual Async<JobStatus> finish(AttemptEnd end) = 0;

  // Cancels a queued or processing job. A run in progress is not stopped by this: its attempt ends as cancelled here, and its
  // finish() will find a conflict.
  // Errors: not_found; conflict, naming the state that does not allow it.
  virtual Async<void> cancel(JobId id) = 0;

  // Puts an ended job back into the queue, due at once: result, error, times and attempt count are cleared, its history of
  // attempts (numbers run on) and its log stay, its lost workers are forgotten, a dead letter of it is removed.
  // Errors: not_found; conflict, naming the state that does not allow it.
  virtual Async<void> retry(JobId id) = 0;

  // Removes a job with its attempts and log, in whatever state. A late finish() of it finds not_found.
  // Errors: not_found.
  virtual Async<void> erase(JobId id) = 0;

  // Gives the processing jobs of a worker that is known to be dead back to the queue, due at once, at no cost of an attempt;
  // those that have lost their worker job_losses_max times already become failed and dead letters. Raises each fence. The attempts end as
  // worker_lost. A worker that has no job, or is gone, gives two empty lists.
  virtual Async<Rescue> rescue(WorkerId dead) = 0;
};

}  // namespace orc
