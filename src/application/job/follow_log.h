#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "application/job/job_access.h"
#include "ports/clock.h"
#include "ports/job_signals.h"

namespace orc {

inline constexpr std::chrono::milliseconds follow_interval{500};  // how late a line is told, beyond report_interval
// A run that is cancelled has its grace, at most a second, to say its last, which comes with its end; where none comes the worker is gone.
inline constexpr std::chrono::seconds last_words_max{3};
inline constexpr int follow_lines_max = 500;  // of one piece of news

// What a job has said since it was last asked.
struct LogNews {
  std::vector<LogLine> lines;
  std::optional<Progress> progress;  // only if it has changed
  std::optional<JobStatus> ended;    // nothing more comes: the job has ended and all its lines were told
  bool is_gone = false;              // likewise: it was deleted
  std::vector<Artifact> files;       // what it left, if it has ended
};

// FollowLog tells the log of one job on somebody's behalf, from a line on and then as it grows, until the job has ended. Looks into the
// store twice a second while it waits, as the job may run anywhere. On one thread.
class FollowLog {
 public:
  struct Ports {
    JobReader& reader;
    JobSignals& signals;
    Clock& clock;
  };

  // `from`: the first line, counted from 1. The job was looked up with JobAccess before.
  FollowLog(Ports ports, JobId job, std::int64_t from) : ports_(ports), job_(job), next_line_(from) {}

  // News, or at `until` perhaps none. Errors: unavailable; the same may be asked again.
  Async<LogNews> next(SteadyTime until);

  // The present next() comes back within follow_interval, and every later one at once.
  void give_up() { gave_up_ = true; }

 private:
  Async<LogNews> look();
  Async<bool> may_say_more(const Job& job) const;

  const Ports ports_;
  const JobId job_;
  std::int64_t next_line_;
  std::optional<Progress> told_;
  bool gave_up_ = false;
};

}  // namespace orc
