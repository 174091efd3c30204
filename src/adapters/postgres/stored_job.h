#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "adapters/postgres/rows.h"
#include "domain/job/job_course.h"
#include "domain/payload.h"

namespace orc::postgres {

// What changes in the row of a job, and what the change needs to know.
struct StoredJob {
  JobCourse course;
  std::int64_t owner = 0;  // 0: nobody
  std::string plugin_name;
  PluginId plugin{};
  int priority = 0;
  std::int64_t log_lines = 0;
  std::string share_key;
  PlacementClassId of_class{};
  std::optional<std::string> callback_url;         // not changed, as is queue_time
  std::optional<std::chrono::seconds> queue_time;  // how long it may be due without being run
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
