#pragma once

#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>

namespace orc::launch {

// A whole number in decimal digits. Throws std::runtime_error for anything else.
template <typename Number>
Number number_from(std::string_view word) {
  Number value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) throw std::runtime_error("no number: " + std::string(word));
  return value;
}

}  // namespace orc::launch
