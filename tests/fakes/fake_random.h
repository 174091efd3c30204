#pragma once

#include <string>

#include "ports/random_source.h"

namespace orc {

// FakeRandom throws what the test says, and makes tokens that are all different and easy to recognise.
class FakeRandom final : public RandomSource {
 public:
  double dice() override { return next_dice; }

  std::string token(std::size_t bytes) override {
    const std::string number = std::to_string(++tokens_);
    return std::string(bytes * 2 - number.size(), 'a') + number;
  }

  double next_dice = 0.5;

 private:
  std::uint64_t tokens_ = 0;
};

}  // namespace orc
