#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/job/attempt.h"
#include "domain/job/job.h"
#include "domain/job/run_name.h"
#include "domain/placement/resources.h"
#include "ports/async.h"

namespace orc {

inline constexpr int page_limit_max = 1000;

// A window on a list, newest first.
struct Page {
  std::int64_t skip = 0;  // 0 or more
  int limit = 50;         // 0..page_limit_max
};

struct JobFilter {
  std::optional<UserId> owner;  // empty: everybody's
  std::optional<JobStatus> status;
  std::optional<std::string> plugin_name;  // exactly
};

struct JobPage {
  std::int64_t total = 0;  // exact, of all that match
  std::vector<Job> items;
};

struct DeadLetter {
  JobId job{};
  std::string plugin_name;
  std::string reason;
  int attempts = 0;
  Timestamp died_at{};
};

struct DeadLetterPage {
  std::int64_t total = 0;
  std::vector<DeadLetter> items;
};

struct LogPage {
  std::int64_t total = 0;  // lines stored for the job
  std::vector<LogLine> lines;
};

// The job that an idempotency key names, and the request that came with it: a repeat brings the same one.
struct EarlierSubmission {
  Job job;
  ContentHash request;
};

// How many jobs that may run now stand before a queued one; each count ends at waiting_count_max.
inline constexpr std::int64_t waiting_count_max = 1000;
struct WaitingBefore {
  std::int64_t higher_priority = 0;
  std::int64_t same_key = 0;  // of its own share key and priority, submitted earlier
};

// What a worker's runs hold of it.
struct WorkerLoad {
  WorkerId worker{};
  std::int64_t runs = 0;
  std::int64_t warm_runs = 0;  // of them, those of mode warm
  Resources held;
};

// How many jobs stand in each status, indexed by JobStatus.
using JobCounts = std::array<std::int64_t, job_statuses.size()>;

// JobReader answers questions about jobs for people and screens. It sees everything that was committed before the call.
// Thread-safe. Payloads that live in the blob store come as their hash. Every method: unavailable, if the store cannot be read.
// Every implementation passes tests/contract/job_*_contract.cc.
class JobReader {
 public:
  virtual ~JobReader() = default;

  // Errors: not_found.
  virtual Async<Job> get(JobId id) = 0;

  // For each of 1..job_batch_max idempotency keys of `owner` (empty: the operator), in the order given: the job that JobStore::submit()
  // would name for it now, or nothing.
  virtual Async<std::vector<std::optional<EarlierSubmission>>> earlier_submissions(std::optional<UserId> owner,
                                                                                   std::vector<std::string> keys) = 0;

  // Newest first, that is by falling id. An unknown plugin name matches nothing.
  virtual Async<JobPage> list(JobFilter filter, Page page) = 0;

  // Exact, from counters: does not depend on the number of jobs. `owner` empty: everybody's.
  virtual Async<JobCounts> counts(std::optional<UserId> owner) = 0;

  // What is processing in that worker's name, in no order.
  virtual Async<std::vector<RunName>> runs_of(WorkerId worker) = 0;

  // Of a job that is not queued: zeros. Errors: not_found.
  virtual Async<WaitingBefore> waiting_before(JobId id) = 0;

  // Of each worker that has a run, by rising id.
  virtual Async<std::vector<WorkerLoad>> worker_loads() = 0;

  // Oldest first; empty if the job never ran or does not exist.
  virtual Async<std::vector<Attempt>> attempts(JobId id) = 0;

  // What the last attempt that ended left in its output folder, by name; empty if nothing, or if the job does not exist.
  virtual Async<std::vector<Artifact>> artifacts(JobId id) = 0;

  // Up to `limit` (1..10000) lines from number `from` (1 or more) on; empty if there is none.
  virtual Async<LogPage> log(JobId id, std::int64_t from, int limit) = 0;

  // Newest first.
  virtual Async<DeadLetterPage> dead_letters(Page page) = 0;

  // How long the oldest due job has been waiting, or nothing if none waits; for the metric.
  virtual Async<std::optional<std::chrono::milliseconds>> oldest_wait() = 0;
};

}  // namespace orc
