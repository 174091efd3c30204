#pragma once

#include <cstddef>
#include <memory>

#include "ports/clock.h"
#include "ports/event_log.h"

namespace orc {

// JsonEventLog writes one JSON object a line: {"time", "level", "event", …fields}. Control characters are escaped, so an event is a line
// whatever its fields hold. A thread of its own writes; in front of it stands a queue that drops the oldest line when it is full, and a
// reader that takes nothing for a second loses lines too: the service never waits for its log. Lost lines are told as an event "log lines
// lost".
class JsonEventLog final : public EventLog {
 public:
  static constexpr std::size_t queue_lines_max = 1024;
  static constexpr std::size_t line_bytes_max = 4096;  // PIPE_BUF: a line is written whole or not at all

  // Writes events of `least` and above to `descriptor`, which it borrows (2 for standard error).
  JsonEventLog(int descriptor, LogLevel least, Clock& clock);
  // Writes what waits; takes a second at most when nobody reads.
  ~JsonEventLog() override;

  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override;

 private:
  class Queue;
  const LogLevel least_;
  Clock& clock_;
  const std::unique_ptr<Queue> queue_;
};

// Writes one line of the same form at once: for a process that ends now and will not wait for a log. From any thread.
void write_last_line(int descriptor, Clock& clock, LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

}  // namespace orc
