#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "adapters/postgres/rows.h"
#include "domain/job/job.h"

namespace orc::postgres {

// Where a job stands in the queue; the numbers are those of the column.
enum class QueuePlace : std::uint8_t { none, ready, delayed };

// What changes in the row of a job, and what the change needs to know.
struct StoredJob {
  JobId id{};
  std::int64_t owner = 0;  // 0: nobody
  std::string plugin_name;
  PluginId plugin{};
  JobStatus status = JobStatus::queued;
  QueuePlace queue = QueuePlace::none;
  int priority = 0;
  Fence fence{};
  int runs = 0;
  int attempts = 0;
  int losses = 0;
  std::int64_t log_lines = 0;
  Timestamp due_at{};
  std::optional<Timestamp> run_at;
  std::optional<WorkerId> worker;
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> completed_at;
  std::string share_key;
  PlacementClassId of_class{};
  std::optional<std::string> error_message;
  std::int64_t reported_lines = 0;  // of the attempt that runs
  std::int64_t reported_bytes = 0;
  std::optional<Progress> progress;
  std::optional<std::string> callback_url;         // not changed, as is queue_time
  std::optional<std::chrono::seconds> queue_time;  // how long it may be due without being run
  std::optional<Timestamp> waits_since;            // to be written; not read, as it goes with the place in the queue
  std::optional<Payload> result;  // to be written; not read, as it goes with the status `completed`, which only a retry leaves

  JobStatus status_before = JobStatus::queued;  // when it was read
  bool is_changed = false;
};

// Of two columns: the fraction and the message.
inline std::optional<Progress> read_progress(Row row, int first) {
  if (row.is_null(first)) return {};
  return Progress{.fraction = row.real(first), .message = row.text(first + 1)};
}

}  // namespace orc::postgres
