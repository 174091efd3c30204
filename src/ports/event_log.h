#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

namespace orc {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

// EventLog writes one line for each event of the service, for operators. Thread-safe, never blocks on a slow reader, never holds a secret.
class EventLog {
 public:
  virtual ~EventLog() = default;

  // `event` is a fixed word or two ("job finished"); what varies goes into fields with the names request_id, user_id, job_id and so on.
  virtual void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) = 0;

  void info(std::string_view event, std::initializer_list<LogField> fields = {}) { write(LogLevel::info, event, fields); }
  void warn(std::string_view event, std::initializer_list<LogField> fields = {}) { write(LogLevel::warning, event, fields); }
};

}  // namespace orc
