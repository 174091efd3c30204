#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/job/attempt.h"
#include "domain/result.h"

namespace orc {

inline constexpr std::size_t progress_message_bytes_max = 500;

// The log of one attempt as far as it is told while the attempt runs. What is beyond comes with its end.
inline constexpr std::int64_t reported_lines_max = 20'000;
inline constexpr std::int64_t reported_bytes_max = std::int64_t{4} << 20;

// How far a run is, in its own words.
struct Progress {
  double fraction = 0;  // 0..1
  std::string message;  // may be empty
  bool operator==(const Progress&) const = default;
};

// What a run says while it goes on.
struct RunReport {
  // Further lines in order; `n` counts from 1 within this attempt, without a gap. A line that was stored before is not stored again, so
  // that a report whose answer got lost may come once more.
  std::vector<LogLine> log;
  std::optional<Progress> progress;  // takes the place of what was told before; nothing: that stays
};

// The lines of one attempt's log, numbered as in RunReport, behind the first `stored`.
inline std::span<const LogLine> lines_behind(std::span<const LogLine> log, std::int64_t stored) {
  if (stored == 0) return log;
  return log.subspan(static_cast<std::size_t>(std::ranges::lower_bound(log, stored + 1, {}, &LogLine::n) - log.begin()));
}

// How much of one attempt's log was reported.
struct ReportedLog {
  std::int64_t lines = 0;
  std::int64_t bytes = 0;
  bool operator==(const ReportedLog&) const = default;
};

// What stands there once `log` was added to `before`. Errors: invalid_argument, if lines are missing in between, or it grew too long.
Result<ReportedLog> grow(ReportedLog before, std::span<const LogLine> log);

}  // namespace orc
