#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http/http_handler.h"
#include "adapters/metrics/deliberation_meters.h"
#include "domain/callback/callback.h"
#include "domain/job/attempt.h"
#include "ports/job_reader.h"

namespace orc {

// What the warm processes of this process's worker do now, and have done since it started.
struct WarmReading {
  std::map<std::string_view, std::int64_t> processes;  // by state
  std::int64_t in_flight = 0;
  std::int64_t waiting = 0;
  std::int64_t starts = 0;
  std::map<std::string_view, std::int64_t> ends;  // by reason
};

// How events of deliberations are published by this process, and were since it started.
struct EventReading {
  bool is_connected = false;
  std::int64_t published = 0;
  std::int64_t refused = 0;
  std::int64_t repeats = 0;  // of all events, as what was published was lost
};

// Who runs plugins for the service, wherever they are.
struct WorkersReading {
  struct InState {
    std::int64_t workers = 0;
    std::int64_t runs = 0;  // in their names
  };
  InState active, draining;
  std::int64_t slots = 0;  // of the active ones
};

// Metrics counts what the service does and tells it in Prometheus' text format. Every name starts with orc_; units stand last in the name.
// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The labels are the route's pattern, never a path, so that their number is bounded.
  void request_answered(std::string_view method, std::string_view route, int status, std::chrono::nanoseconds duration);
  void connections_open(const std::string& listener, std::size_t count);
  void connection_cut(std::string_view reason);
  // What request bodies and answers hold in memory as it stands now, and the most that they may; set before text().
  void http_bytes_are(std::uint64_t held, std::uint64_t held_max);

  void jobs_submitted(std::size_t count);
  void jobs_claimed(std::size_t count);
  void attempt_ended(AttemptOutcome outcome);
  // What it took, if anybody was left to tell.
  void attempt_took(const Usage& usage);
  // An attempt's end came too late: its fence was no longer the job's.
  void stale_end_refused();

  // A try of a callback, by what became of its delivery: `waiting` for another one, if it was not taken.
  void callback_tried(CallbackState state);

  // One commit of the store: how long, and how many operations it held.
  void commit_done(std::chrono::nanoseconds duration, std::size_t operations, std::size_t waiting);
  void commit_failed();

  // What was read of the store just before text(). Nothing: it cannot be read now, so the page leaves those figures out and counts that.
  void job_counts_are(const std::optional<JobCounts>& counts);
  void workers_are(const std::optional<WorkersReading>& reading);
  void callbacks_waiting_are(std::optional<std::int64_t> count);
  void events_waiting_are(std::optional<std::int64_t> count);
  void oldest_wait_is(std::optional<std::chrono::milliseconds> wait);

  void warm_processes_are(const WarmReading& reading);
  void events_are(const EventReading& reading);

  // `method` and `code` are gRPC's words; an empty method is one that is not offered.
  void grpc_call_answered(std::string_view method, std::string_view code, std::chrono::nanoseconds duration);
  void grpc_connections_open(std::size_t count);
  void grpc_connection_cut(std::string_view reason);

  DeliberationMeters& deliberations();
  // As job_counts_are().
  void deliberation_counts_are(const std::optional<DeliberationCounts>& counts);

  std::string text() const;

 private:
  struct Instruments;
  const std::unique_ptr<Instruments> instruments_;
};

}  // namespace orc
