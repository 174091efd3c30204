#pragma once

#include <chrono>
#include <cstdint>

namespace orc {

// A moment as people read it: UTC, milliseconds since the Unix epoch. May jump; never used to judge how long something took.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

// A moment on this process's steady clock: for leases, time-outs and durations. Means nothing to another process.
using SteadyTime = std::chrono::steady_clock::time_point;

inline Timestamp timestamp_from_ms(std::int64_t ms) { return Timestamp{std::chrono::milliseconds{ms}}; }
inline std::int64_t to_ms(Timestamp t) { return t.time_since_epoch().count(); }

}  // namespace orc
