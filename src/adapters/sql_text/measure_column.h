#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace orc {

// What nothing measured, in a column of integers that may not be null: the tables of attempts have been so since the first migration, and
// SQLite would have to copy them whole to let them be otherwise.
inline constexpr std::int64_t not_measured = -1;

inline std::int64_t measure_column(std::optional<std::int64_t> amount) { return amount.value_or(not_measured); }
inline std::int64_t measure_column(std::optional<std::chrono::milliseconds> time) { return time ? time->count() : not_measured; }

template <typename Measure>
std::optional<Measure> read_measure(std::int64_t column) {
  return column < 0 ? std::nullopt : std::optional(Measure{column});
}

}  // namespace orc
