#pragma once

#include <map>
#include <string>

#include "ports/event_signals.h"

namespace orc {

// InProcessEventSignals carries the hints of one process. It outlives every watch.
class InProcessEventSignals final : public EventSignals {
 public:
  void happened(std::string_view deliberation) override;
  [[nodiscard]] std::unique_ptr<Watch> watch(std::string_view deliberation, std::function<void()> on_event) override;

 private:
  using Watches = std::multimap<std::string, std::function<void()>, std::less<>>;
  class Registered;

  Watches watches_;  // as many as there are streams, which HTTP bounds
};

}  // namespace orc
