#pragma once

#include "ports/event_log.h"
#include "tests/simulation/simulated_process.h"

namespace orc::simulation {

// TracedLog puts what a process says into the trace, when somebody wants to read it.
class TracedLog final : public EventLog {
 public:
  TracedLog(SimulatedTime& time, const SimulatedProcess& process) : time_(time), process_(process) {}

  void write(LogLevel, std::string_view event, std::initializer_list<LogField> fields) override {
    std::int64_t number = -1;
    for (const LogField& field : fields)
      if (const auto* value = std::get_if<std::int64_t>(&field.value); value && number < 0) number = *value;
    time_.trace.note(time_.passed(), process_.name(), event, number);
  }

 private:
  SimulatedTime& time_;
  const SimulatedProcess& process_;
};

}  // namespace orc::simulation
