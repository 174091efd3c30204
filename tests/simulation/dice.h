#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>

#include "ports/random_source.h"

namespace orc::simulation {

using Span = std::chrono::microseconds;

// Dice is all the chance of one simulation: the same seed throws the same numbers on every machine (SplitMix64, Steele et al. 2014).
class Dice final : public RandomSource {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  double dice() override { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool chance(double share) { return dice() < share; }

  // Both ends included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
  }
  Span between(Span low, Span high) { return Span{between(low.count(), high.count())}; }

  // Around `mean`, often short and now and then long, as the time until the next accident; at most ten times as long.
  Span about(Span mean) {
    return Span{static_cast<std::int64_t>(static_cast<double>(mean.count()) * std::min(10.0, -std::log(1.0 - dice())))};
  }

  std::string token(std::size_t bytes) override {
    std::string text;
    while (text.size() < bytes * 2) text += "0123456789abcdef"[next() % 16];
    return text;
  }

 private:
  std::uint64_t state_;
};

}  // namespace orc::simulation
