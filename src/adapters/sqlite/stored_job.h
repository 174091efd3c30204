#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "adapters/sqlite/counters.h"
#include "adapters/sqlite/share_turns.h"
#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/worker_rooms.h"
#include "domain/job/job_course.h"
#include "domain/payload.h"

namespace orc::sqlite {

// What lists go by: unfinished jobs stand together, so that a claim does not move them.
constexpr int stage_of(JobStatus status) { return is_terminal(status) ? std::to_underlying(status) : 0; }

// Of two columns: the fraction and the message.
std::optional<Progress> progress_of(Row row, int column);

// What changes in the row of a job, and what the change needs to know.
struct StoredJob {
  JobCourse course;
  std::int64_t owner = 0;
  std::int64_t name = 0;
  int priority = 0;
  std::int64_t log_lines = 0;
  std::optional<WorkerId> worker_before;  // when it was read
  std::string share_key;
  PlacementClassId of_class{};
  std::optional<std::string> callback_url;  // not changed
  std::optional<Payload> result;            // to be written; not read, as it goes with the status `completed`, which only a retry leaves
};

// StoredJobs reads a job's row, and writes it back together with what depends on it: the counters and the share's turn.
// Writer's thread only.
class StoredJobs {
 public:
  StoredJobs(Connection& connection, const StatementCatalog& catalog, Counters& counters, ShareTurns& turns, WorkerRooms& rooms);

  std::optional<StoredJob> find(JobId id);

  // `before` is the status that find() gave.
  void write(const StoredJob& job, JobStatus before);

  // Its row goes. What depends on it, but for the counters.
  void let_go(const StoredJob& job);

 private:
  Counters& counters_;
  ShareTurns& turns_;
  WorkerRooms& rooms_;
  Statement find_;
  Statement write_;
};

}  // namespace orc::sqlite
