#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/job/attempt.h"
#include "domain/job/run_name.h"
#include "domain/job/run_report.h"
#include "domain/job/verdict.h"
#include "domain/result.h"

namespace orc {

// Where a job stands in the queue; databases keep these numbers.
enum class QueuePlace : std::uint8_t { none, ready, delayed };

// JobCourse is what changes of a job while it lives. Every JobStore reads it, lets one of the functions below change it, and writes it back
// with what goes with the change, in one transaction. What they decide follows next_status() and judge_loss(); no store decides for itself.
struct JobCourse {
  JobId id{};
  JobStatus status = JobStatus::queued;
  QueuePlace queue = QueuePlace::none;
  Fence fence{};
  int runs = 0;      // claims so far
  int attempts = 0;  // of them, those that count
  int losses = 0;    // judge_loss()
  Timestamp due_at{};
  std::optional<Timestamp> run_at;
  std::optional<Timestamp> waits_since;  // of a retry's wait that a change begins; a store need not read it
  std::optional<WorkerId> worker;        // empty also while somebody runs it who is none of our workers
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> completed_at;
  std::optional<std::string> error_message;
  ReportedLog reported;  // of the attempt that runs, or that the job's cancel has cut off
  std::optional<Progress> progress;
  bool operator==(const JobCourse&) const = default;
};

// An attempt that has ended.
struct EndedAttempt {
  int number = 1;
  std::optional<WorkerId> worker;
  std::optional<Isolation> isolation;  // empty: nobody was left to tell
  std::optional<Timestamp> started_at;
  Timestamp ended_at{};
  AttemptOutcome outcome{};
  std::optional<int> exit_code;
  Usage usage;
  std::string message;
  std::string image;
  bool operator==(const EndedAttempt&) const = default;
};

// What a store writes beside the course itself. Where the course has become terminal, its callback_url is to be told too.
struct CourseChange {
  JobStatus before{};
  std::int64_t lines_stored = 0;           // of the log that comes with the change, so many are stored already
  std::optional<EndedAttempt> attempt;     // to be kept
  std::optional<std::string> dead_letter;  // the reason for a new one
  bool takes_artifacts = false;            // those of the end take the place of what is there
  bool forgets_end = false;                // result, files and dead letter go
  bool operator==(const CourseChange&) const = default;
};

// As JobStore::report(). Errors: conflict, if that worker does not run it under that fence; invalid_argument, as grow().
Result<CourseChange> report_run(JobCourse& job, WorkerId worker, RunName run, const RunReport& report);

// As JobStore::finish(). The result is the store's to keep. Errors: conflict, if the job is not run under that fence any more.
Result<CourseChange> finish_run(JobCourse& job, const AttemptEnd& end, Timestamp now);

// An end that finish_run() has refused may be that of the run which the job's cancel cut off: what it used, and what of its log was not
// told before, is its attempt's. Then: so many lines of that log are stored already. Nothing: it is another one's.
std::optional<std::int64_t> end_cancelled_run(JobCourse& job, const AttemptEnd& end);

// As JobStore::cancel() and retry(). Errors: conflict, naming the state.
Result<CourseChange> cancel_job(JobCourse& job, Timestamp now);
Result<CourseChange> retry_job(JobCourse& job, Timestamp now);

// Takes the job from a worker that is gone. `place`: how many came back from that worker before it. Precondition: processing.
CourseChange take_from_worker(JobCourse& job, WorkerEnd how, std::size_t place, Timestamp now);

// Fails a job whose plugin was removed. Precondition: queued.
CourseChange withdraw_job(JobCourse& job, std::string_view plugin_name, Timestamp now);

// Whether a job waits that has been due for longer than `queue_time`, and its end. Precondition of the end: queued.
bool is_overdue(const JobCourse& job, std::chrono::seconds queue_time, Timestamp now);
CourseChange end_overdue_job(JobCourse& job, std::chrono::seconds queue_time, Timestamp now);

}  // namespace orc
