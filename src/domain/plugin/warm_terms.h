#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "domain/fault_list.h"

namespace orc {

// How a plugin's program is run (contract section 12): a process for each run, or one that stays up and is sent one request after another.
enum class PluginMode : std::uint8_t { once, warm };

std::string_view to_word(PluginMode mode);
std::optional<PluginMode> plugin_mode_from_word(std::string_view word);

// Whose jobs one warm process may see: those of one owner, or everybody's.
enum class WarmShare : std::uint8_t { owner, all };

std::string_view to_word(WarmShare share);
std::optional<WarmShare> warm_share_from_word(std::string_view word);

inline constexpr int warm_processes_max = 256;
inline constexpr int warm_in_flight_max = 1000;
inline constexpr std::chrono::seconds warm_start_max{3600};
inline constexpr std::chrono::seconds warm_idle_max{86'400};
inline constexpr std::int64_t warm_requests_max = 1'000'000'000;

// What a plugin of mode `warm` declares about its processes on one worker. The defaults are the contract's (section 12).
struct WarmTerms {
  int processes_max = 1;               // 1..warm_processes_max, for each pool
  int in_flight = 1;                   // 1..warm_in_flight_max, requests at once in one process
  std::chrono::seconds start{120};     // 1..warm_start_max, until it says that it is ready
  std::chrono::seconds idle{300};      // 1..warm_idle_max, without a request, before it is ended
  std::int64_t requests_max = 10'000;  // 1..warm_requests_max, before another takes its place
  WarmShare share = WarmShare::owner;
  bool files_out = false;  // requests may leave files: each gets a folder of its own for them
  bool operator==(const WarmTerms&) const = default;
};

// Adds every rule that is broken, as judge(PluginSpec) does.
void judge(const WarmTerms& warm, FaultList& faults);

}  // namespace orc
