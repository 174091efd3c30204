#include "domain/plugin/warm_terms.h"

#include "domain/number_range.h"

namespace orc {

std::string_view to_word(PluginMode mode) {
  switch (mode) {
    case PluginMode::once:
      return "once";
    case PluginMode::warm:
      return "warm";
  }
  return {};
}

std::optional<PluginMode> plugin_mode_from_word(std::string_view word) {
  for (const PluginMode mode : {PluginMode::once, PluginMode::warm})
    if (to_word(mode) == word) return mode;
  return {};
}

std::string_view to_word(WarmShare share) {
  switch (share) {
    case WarmShare::owner:
      return "owner";
    case WarmShare::all:
      return "all";
  }
  return {};
}

std::optional<WarmShare> warm_share_from_word(std::string_view word) {
  for (const WarmShare share : {WarmShare::owner, WarmShare::all})
    if (to_word(share) == word) return share;
  return {};
}

void judge(const WarmTerms& warm, FaultList& faults) {
  require_range<int>(faults, {"warm", "processes_max"}, warm.processes_max, 1, warm_processes_max);
  require_range<int>(faults, {"warm", "in_flight"}, warm.in_flight, 1, warm_in_flight_max);
  require_range<std::int64_t>(faults, {"warm", "start_seconds"}, warm.start.count(), 1, warm_start_max.count());
  require_range<std::int64_t>(faults, {"warm", "idle_seconds"}, warm.idle.count(), 1, warm_idle_max.count());
  require_range<std::int64_t>(faults, {"warm", "requests_max"}, warm.requests_max, 1, warm_requests_max);
}

}  // namespace orc
