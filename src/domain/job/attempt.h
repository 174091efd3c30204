#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/job/artifact.h"
#include "domain/job/job_state.h"
#include "domain/payload.h"
#include "domain/strong_id.h"
#include "domain/time.h"

namespace orc {

// How one attempt ended.
enum class AttemptOutcome : std::uint8_t {
  succeeded,
  failed,           // exit code other than 0, or killed by a signal of its own
  timed_out,        // wall-clock limit
  out_of_memory,    // memory limit
  output_rejected,  // too large, not JSON, or not what output_schema says
  refused,          // could not be started within its limits here
  cancelled,
  given_back,
  worker_lost,
  not_started,  // the sandbox, the image, or what keeps its files failed just now: it may go well elsewhere or later; its number is bounded
};

std::string_view to_word(AttemptOutcome outcome);
std::optional<AttemptOutcome> attempt_outcome_from_word(std::string_view word);

// How strongly a run was kept apart from its host (contract section 12), weakest first.
enum class Isolation : std::uint8_t { none, container, strict };

std::string_view to_word(Isolation isolation);
std::optional<Isolation> isolation_from_word(std::string_view word);

// What one attempt took.
struct Usage {
  std::optional<std::chrono::milliseconds> cpu{0};  // empty: it cannot be told apart from what others used
  std::optional<std::int64_t> peak_bytes{0};        // likewise
  std::chrono::milliseconds wall{};                 // from the start of its program, or from its request, to its end
  std::int64_t bytes_in = 0;                        // its input with the files of it
  std::int64_t bytes_out = 0;                       // its standard output, and the files that it left
  bool operator==(const Usage&) const = default;
};

enum class LogStream : std::uint8_t { out, err };

struct LogLine {
  std::int64_t n = 0;  // from 1, over all attempts of the job
  Timestamp t{};
  LogStream stream = LogStream::err;
  std::string text;  // without its newline
  bool operator==(const LogLine&) const = default;
};

// A job that a worker has won. The lease is the worker's: it lasts while its beat changes.
struct ClaimedJob {
  JobId id{};
  Fence fence{};
  int attempt = 1;  // counted ones, this one included
  std::optional<UserId> owner;
  PluginVersionId version{};
  std::string plugin_name;
  Payload input;
  std::optional<std::chrono::seconds> timeout;
  int attempts_max = 4;
  Timestamp due_at{};  // since when it could have run
};

// The end of an attempt, as its worker reports it.
struct AttemptEnd {
  JobId id{};
  Fence fence{};
  JobTrigger trigger{};  // succeeded, failed_for_now, failed_for_good, given_back or not_started
  AttemptOutcome outcome{};
  std::optional<Payload> result;                  // if succeeded
  std::string message;                            // one sentence if not
  std::optional<std::chrono::milliseconds> wait;  // until the next attempt, if failed_for_now
  std::optional<int> exit_code;
  Usage usage;
  Isolation isolation = Isolation::strict;
  std::string image;                // digest of the image that ran, such as "sha256:…"; empty: none did
  std::vector<Artifact> artifacts;  // durable already; they take the place of an earlier attempt's, unless it is given back
  std::vector<LogLine> log;  // in order; `n` counts from 1 within this attempt (reported lines may be left out), the store makes it run on
};

// An attempt as the world sees it (contract section 11).
struct Attempt {
  int number = 1;  // from 1, every claim counts here
  WorkerId worker{};
  std::string worker_name;
  Isolation isolation = Isolation::strict;
  std::string plugin_version;
  Timestamp started_at{};
  std::optional<Timestamp> ended_at;
  std::optional<AttemptOutcome> outcome;  // empty while it runs
  std::string message;
  std::optional<int> exit_code;
  Usage usage;
  std::string image;  // digest of the image that ran; empty: none did, or nobody was left to tell
};

}  // namespace orc
