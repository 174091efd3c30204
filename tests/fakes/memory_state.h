#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "domain/callback/callback.h"
#include "domain/deliberation/deliberation_event.h"
#include "domain/job/job_course.h"
#include "domain/plugin/plugin.h"
#include "domain/user/user.h"
#include "ports/audit_log.h"
#include "ports/clock.h"
#include "ports/job_reader.h"
#include "ports/job_store.h"
#include "ports/worker_store.h"

namespace orc {

// A job with all that belongs to it.
struct MemoryJob {
  Job job;
  Fence fence{};
  WorkerId worker{};                     // while it is processing
  Timestamp due{};                       // while it is queued
  bool is_delayed = false;               // since `due` was yet to come; what was due once stays so, wherever the clock is set to
  std::optional<Timestamp> waits_since;  // while it is delayed: it is a retry
  int losses = 0;
  std::vector<Attempt> attempts;
  std::vector<Artifact> artifacts;
  std::int64_t lines = 0;  // ever logged
  ReportedLog reported;    // of the attempt that runs
  struct Chunk {
    Timestamp stored_at{};
    std::vector<LogLine> lines;
  };
  std::vector<Chunk> log;
  std::optional<DeadLetter> dead_letter;
  std::vector<ContentHash> blobs;
  std::optional<std::chrono::seconds> queue_time;
  std::vector<CallbackDelivery> callbacks;
  std::vector<std::optional<std::string>> callback_errors;  // of the end that each tells of
  bool owner_was_removed = false;                           // while it was unfinished, which it still is
};

struct MemoryIdempotencyKey {
  ContentHash request;
  JobId job{};
  Timestamp created_at{};
};

struct MemoryApiKey {
  ApiKey key;
  ContentHash secret;
};

struct MemoryAuditEntry {
  Timestamp at{};
  AuditEntry entry;
};

struct MemoryEvent {
  StoredEvent stored;
  std::optional<Timestamp> published_at;
};

// What a test can break. Everything works until a switch is set.
struct MemoryFaults {
  bool changes_fail = false;                 // every change of the store: unavailable
  bool answers_are_lost = false;             // every record of a call: unavailable, though it took effect
  bool tellings_are_lost = false;            // likewise every telling of what is no change
  bool tellings_are_refused = false;         // every telling of what is no change: internal
  bool records_are_refused = false;          // every record of a call: internal
  std::string refused_text;                  // records of calls and ends that hold it: internal; empty: none
  bool reads_fail = false;                   // every question to the store: unavailable
  bool reads_fail_after_submission = false;  // from the next submission that is stored on
  bool audit_fails = false;                  // every append to the audit log: unavailable
  bool blobs_fail = false;                   // every use of the blob store: unavailable
  bool files_are_refused = false;            // every end of a run that left files: internal
  std::optional<WorkerId> rescue_fails_of;   // the rescue of this worker's jobs: unavailable
};

// MemoryState is the one database behind all Memory... stores, with the tables as plain members that a test may look into.
// For one thread: the one that runs the coroutines.
struct MemoryState {
  explicit MemoryState(Clock& its_clock) : clock(its_clock) {}

  // Suspends once, as every real store does, so that whoever lends a method something too short-lived is found out. Then the fault, if
  // switched on.
  Async<void> change_begins() const;
  std::function<void()> when_change_begins;  // what happens in the world just before; may be empty
  Async<void> read_begins() const;

  // Errors: not_found.
  Result<MemoryJob*> find_job(JobId id);
  // The job as domain/job/job_course.h changes it, and what was changed of it with all that goes with that.
  static JobCourse course_of(const MemoryJob& job);
  void keep(MemoryJob& job, JobCourse course, const CourseChange& change);
  // As JobStore::cancel(), for tests that stand in the middle of something.
  Result<JobStatus> cancel(MemoryJob& job);
  // Whether it is one of those that JobStore::end_orphans() ends.
  bool is_orphan(const MemoryJob& job) const;
  void erase_job(JobId id);
  // What `key` of `owner` still names; null if it is new.
  const MemoryIdempotencyKey* find_key(const std::optional<UserId>& owner, const std::string& key) const;

  Clock& clock;
  MemoryFaults faults;

  std::map<JobId, MemoryJob> jobs;
  std::map<std::pair<std::optional<UserId>, std::string>, MemoryIdempotencyKey> idempotency_keys;
  std::map<std::string, std::int64_t> last_turn;  // by share key
  std::map<PluginId, Plugin> plugins;
  std::map<PluginVersionId, PluginVersion> versions;
  std::map<UserId, User> users;
  std::map<ApiKeyId, MemoryApiKey> api_keys;
  std::map<WorkerId, Worker> workers;
  std::map<ContentHash, Timestamp> uploads;
  std::vector<MemoryAuditEntry> audit;
  std::vector<MemoryEvent> events;

  std::int64_t turns = 0;
  std::int64_t last_id = 0;  // one row of numbers for everything: an id taken for another's shows at once
  template <typename Id>
  Id next_id() {
    return Id{++last_id};
  }

 private:
  // The job has just ended, and stands as its callback_url is to be told, if it has one.
  void tell_end(MemoryJob& job);
};

}  // namespace orc
