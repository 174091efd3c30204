#pragma once

#include <array>
#include <charconv>
#include <string>

#include "domain/fault_list.h"

namespace orc {

// A number as people and JSON spell it.
template <typename Number>
std::string number_text(Number value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.begin(), text.end(), value).ptr};
}

// Adds a fault unless `value` is from `low` to `high`.
template <typename Number>
void require_range(FaultList& faults, FieldPlace place, Number value, Number low, Number high) {
  if (value >= low && value <= high) return;
  faults.add(std::move(place), "Input should be from " + number_text(low) + " to " + number_text(high) + ", not " + number_text(value));
}

}  // namespace orc
