#pragma once

#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/postgres/share_lines.h"
#include "adapters/postgres/stored_job.h"
#include "adapters/postgres/transaction.h"
#include "adapters/sql_text/log_chunk.h"

namespace orc::postgres {

// JobChanges gathers what happens to some jobs in one transaction: their rows are read and locked at once, changed here, and written at
// once with all that belongs to them. One for each transaction.
class JobChanges {
 public:
  // Reads and locks the rows. Precondition: called once.
  void load(Transaction& transaction, const std::vector<JobId>& ids);

  // Nothing, if there is no such job.
  StoredJob* find(JobId id);

  // The course of `job` was changed so: what goes with it is written too.
  void keep(StoredJob& job, const CourseChange& change, Timestamp now);
  // `log` is `lines` made into chunks, and borrowed until write(). The first `lines_stored` of them are passed over.
  void add_log(StoredJob& job, std::int64_t lines_stored, std::span<const LogLine> lines, std::span<const LogChunk> log, Timestamp now);
  // Of the attempt that a cancel cut off, and that it has ended now.
  void tell_usage(StoredJob& job, const AttemptEnd& end, Timestamp now);
  // Those of an earlier attempt go.
  void replace_artifacts(const StoredJob& job, const std::vector<Artifact>& artifacts);

  void write(Transaction& transaction);

 private:
  struct CallbackRow {
    JobId id;
    std::string url;
    std::string origin;
    JobStatus status;
    std::optional<std::string> error_message;
    Timestamp ended_at;
  };
  struct LogRow {
    JobId id;
    std::int64_t first_line;
    std::int64_t line_count;
    Timestamp stored_at;
    std::string_view bytes;
  };
  struct UsageRow {
    JobId id;
    int number;
    Usage usage;
    std::string image;
    Timestamp ended_at;
  };
  struct DeadLetterRow {
    JobId id;
    std::string reason;
    int attempts;
    Timestamp died_at;
  };

  void add_callback(const StoredJob& job, Timestamp now);
  void write_jobs(Transaction& transaction) const;
  void write_attempts(Transaction& transaction) const;
  void write_usages(Transaction& transaction) const;
  void write_artifacts(Transaction& transaction) const;
  void write_logs(Transaction& transaction) const;
  void write_dead_letters(Transaction& transaction) const;
  void write_callbacks(Transaction& transaction) const;
  void write_result_blobs(Transaction& transaction) const;

  std::map<JobId, StoredJob> jobs_;
  std::vector<std::pair<JobId, EndedAttempt>> attempts_;
  std::vector<UsageRow> usages_;
  std::map<JobId, std::vector<Artifact>> artifacts_;
  std::vector<JobId> forgotten_artifacts_;
  std::vector<LogRow> logs_;
  std::deque<std::vector<LogChunk>> made_anew_;  // seldom: only a lost answer makes a worker tell lines again
  std::map<JobId, DeadLetterRow> dead_letters_;
  std::vector<CallbackRow> callbacks_;
  std::vector<JobId> forgotten_ends_;
};

}  // namespace orc::postgres
