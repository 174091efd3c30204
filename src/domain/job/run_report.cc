#include "domain/job/run_report.h"

namespace orc {

Result<ReportedLog> grow(ReportedLog before, std::span<const LogLine> log) {
  if (!log.empty() && log.front().n > before.lines + 1)
    return fail(ErrorCode::invalid_argument, "lines of the log are missing: it begins with line " + std::to_string(log.front().n) +
                                                 ", but the next one is line " + std::to_string(before.lines + 1));
  ReportedLog after = before;
  for (const LogLine& line : lines_behind(log, before.lines)) {
    ++after.lines;
    after.bytes += static_cast<std::int64_t>(line.text.size());
  }
  if (after.lines > reported_lines_max || after.bytes > reported_bytes_max)
    return fail(ErrorCode::invalid_argument, "while an attempt runs at most " + std::to_string(reported_lines_max) + " lines and " +
                                                 std::to_string(reported_bytes_max) +
                                                 " bytes of its log are taken: the rest may come with its end");
  return after;
}

}  // namespace orc
