#pragma once

#include <string>
#include <vector>

#include "ports/event_log.h"

namespace orc {

// RecordingEventLog keeps every line as "level event name=value …". For one thread.
class RecordingEventLog final : public EventLog {
 public:
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override;

  bool holds(std::string_view part) const;

  std::vector<std::string> lines;
  bool next_throws = false;  // as where there is no memory for it
};

}  // namespace orc
