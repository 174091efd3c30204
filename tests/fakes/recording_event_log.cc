#include "tests/fakes/recording_event_log.h"

#include <algorithm>
#include <new>
#include <sstream>
#include <utility>

namespace orc {
namespace {

std::string_view word_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return {};
}

}  // namespace

void RecordingEventLog::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (std::exchange(next_throws, false)) throw std::bad_alloc();
  std::ostringstream line;
  line << std::boolalpha << word_of(level) << ' ' << event;
  for (const LogField& field : fields) std::visit([&](const auto& value) { line << ' ' << field.name << '=' << value; }, field.value);
  lines.push_back(line.str());
}

bool RecordingEventLog::holds(std::string_view part) const {
  return std::ranges::any_of(lines, [&](const std::string& line) { return line.contains(part); });
}

}  // namespace orc
