#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace orc {

// One request's luck: the same for the same seed, the same body and the same count of its repetitions, whatever other requests came
// between. So a run can be repeated though its requests overtake each other, and a retry has luck of its own.
class StubDice {
 public:
  explicit StubDice(std::uint64_t state) : state_(state) {}

  // The next throw, in [0, 1).
  double next();
  // One of `count`; precondition: count > 0.
  std::size_t pick(std::size_t count);

 private:
  std::uint64_t state_;
};

// StubLuck deals the dice. It counts repetitions of bodies in a table of fixed size: two bodies that share a place count each other, which
// costs nothing but the independence of their order.
class StubLuck {
 public:
  explicit StubLuck(std::uint64_t seed) : seed_(seed) {}

  StubDice dice_for(std::string_view body);

 private:
  static constexpr std::size_t places = 65'536;

  const std::uint64_t seed_;
  std::array<std::uint32_t, places> repetitions_{};
};

}  // namespace orc
