#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace orc::simulation {

// How fast worlds must be simulated (attacks.md R19): slower, and too few of them are tried to find what is rare.
constexpr double worlds_per_second_min = 10'000.0 / (5 * 60);
constexpr double simulated_hours_per_second_min = 1;

// What is too slow in so many worlds that lasted `simulated` together and took `wall`, as sentences for people; nothing: it is fast enough,
// or there was no world to judge by.
std::optional<std::string> too_slow(std::uint64_t worlds, std::chrono::milliseconds simulated, std::chrono::duration<double> wall);

}  // namespace orc::simulation
