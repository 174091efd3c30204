#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace orc {

// EventSignals carries hints from who stores something of a deliberation to those who follow it in this process. A lost hint costs time,
// never truth: who follows looks into the store afterwards, and now and then by himself. On the thread of the executor.
class EventSignals {
 public:
  virtual ~EventSignals() = default;

  virtual void happened(std::string_view deliberation) = 0;

  // Ends the watch when destroyed.
  class Watch {
   public:
    virtual ~Watch() = default;
  };

  // Calls `on_event` within each happened(deliberation) from now on; it must be short and must not call back into EventSignals.
  [[nodiscard]] virtual std::unique_ptr<Watch> watch(std::string_view deliberation, std::function<void()> on_event) = 0;
};

}  // namespace orc
