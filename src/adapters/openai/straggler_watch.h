#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace orc {

// StragglerWatch knows how long answers take to begin, and so when one is late enough to ask a second time: behind 19 of 20 of the latest
// ones, and half as long again.
class StragglerWatch {
 public:
  static constexpr std::size_t samples_min = 20;
  static constexpr std::chrono::milliseconds late_min{50};

  void began_after(std::chrono::milliseconds time);
  // Nothing while too few are known.
  std::optional<std::chrono::milliseconds> late_after() const;

 private:
  std::array<std::chrono::milliseconds, 64> latest_{};
  std::size_t count_ = 0;  // ever
};

}  // namespace orc
