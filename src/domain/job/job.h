#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/job/job_state.h"
#include "domain/job/run_report.h"
#include "domain/payload.h"
#include "domain/strong_id.h"
#include "domain/time.h"

namespace orc {

inline constexpr int job_priority_min = 0;
inline constexpr int job_priority_max = 9;  // runs first
inline constexpr int job_priority_default = 4;
inline constexpr std::size_t job_input_bytes_max = 1024 * 1024;  // contract section 1
inline constexpr std::size_t job_batch_max = 1000;               // contract section 11
inline constexpr std::size_t job_blobs_max = 1000;               // uploaded files that one input refers to
inline constexpr std::size_t job_labels_max = 32;
inline constexpr std::size_t job_label_length_max = 100;
inline constexpr std::size_t job_share_key_length_max = 100;
inline constexpr std::size_t job_idempotency_key_length_max = 200;
inline constexpr int job_attempts_max = 100;
inline constexpr std::chrono::seconds job_timeout_max = std::chrono::hours{24};

// What a job's losses may come to: runs that could not be started, and workers that it lost (judge_loss() in domain/job/verdict.h). None
// costs an attempt, so without this bound a job that brings its worker down would do so for ever.
inline constexpr int job_losses_max = 16;

using Labels = std::map<std::string, std::string>;

inline constexpr std::chrono::hours idempotency_lifetime{24};  // contract section 11

// A key under which the same submission may be repeated without making a second job. Scoped to the user, kept for idempotency_lifetime.
struct Idempotency {
  std::string key;
  ContentHash request;  // of the whole submission; the same key with another one is refused
  bool operator==(const Idempotency&) const = default;
};

inline Error key_reused(const std::string& key) {
  return {ErrorCode::invalid_argument, "idempotency key \"" + key + "\" came before with another request; use a new key for a new request"};
}

// A job as it enters the store: everything checked, its plugin version chosen.
struct NewJob {
  std::optional<UserId> owner;
  PluginId plugin{};
  PluginVersionId version{};  // pinned: later versions do not touch it
  std::string plugin_name;
  Payload input;  // a JSON object
  int priority = job_priority_default;
  std::string share_key;                        // jobs of one key share its turn; never empty
  std::optional<Timestamp> run_at;              // not before
  std::optional<std::chrono::seconds> timeout;  // wall clock of one attempt; empty: the plugin's
  int attempts_max = 4;
  Labels labels;
  std::optional<Idempotency> idempotency;
  std::vector<ContentHash> blobs;  // that the input refers to; kept as long as the job
  std::optional<Idempotency>
      batch;  // the key of the batch that it came in, if it is the one that carries it: one at most, and none has it as its own
  std::optional<std::string> callback_url;         // to be told of its end; as parse_callback_url() takes it
  std::optional<std::chrono::seconds> queue_time;  // how long it may be due without being run; empty: for ever
};

// A job as the world sees it (contract section 1, and ours).
struct Job {
  JobId id{};
  PluginId plugin{};
  PluginVersionId version_id{};
  std::string plugin_name;
  std::string plugin_version;
  JobStatus status = JobStatus::queued;
  Payload input;
  std::optional<Payload> result;             // the plugin's bytes, once completed
  std::optional<std::string> error_message;  // of the last attempt that failed; empty once completed
  std::optional<UserId> owner;               // empty once that user is deleted
  Timestamp created_at{};
  std::optional<Timestamp> started_at;    // of the last attempt
  std::optional<Timestamp> completed_at;  // when it ended, however it did
  int priority = job_priority_default;
  std::string share_key;
  std::optional<Timestamp> run_at;  // of the first attempt if asked for, or of the last retry after a failure; empty after a person's retry
  std::optional<std::chrono::seconds> timeout;
  int attempts = 0;  // counted ones, so far, a running one included
  int attempts_max = 4;
  Labels labels;
  std::optional<Progress> progress;  // of the attempt that runs, if it tells
  std::optional<std::string> callback_url;
};

}  // namespace orc
