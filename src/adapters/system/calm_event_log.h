#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "ports/clock.h"
#include "ports/event_log.h"

namespace orc {

// CalmEventLog passes events on to another log, but a warning that comes again and again, word for word, only once a minute: a key that was
// revoked, or a database that is away, must not fill a disk with one sentence a second. The first is told at once; each later one that is
// told is followed by the event "warning repeated", which says how often it came since it was told before. What is not a warning, and what
// differs in any field, passes as it is.
class CalmEventLog final : public EventLog {
 public:
  static constexpr std::chrono::seconds told_again_after{60};
  static constexpr std::size_t known_max = 256;  // different warnings; for one more the one that was told longest ago counts as new again

  // Both must outlive it.
  CalmEventLog(EventLog& log, Clock& clock) : log_(log), clock_(clock) {}

  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override;

 private:
  struct Told {
    SteadyTime at{};
    std::int64_t since = 0;  // how often it came and was not told
  };

  std::optional<std::int64_t> times_to_tell(std::string warning);

  EventLog& log_;
  Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Told> told_;  // guarded by mutex_
};

}  // namespace orc
