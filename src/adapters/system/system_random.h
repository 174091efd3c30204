#pragma once

#include <span>

#include "ports/random_source.h"

namespace orc {

// Fills `bytes` with unguessable ones from the kernel (getrandom). Never fails: without them nothing may go on.
void fill_random(std::span<unsigned char> bytes);

// SystemRandom takes chance from the kernel. Thread-safe.
class SystemRandom final : public RandomSource {
 public:
  double dice() override;
  std::string token(std::size_t bytes) override;
};

}  // namespace orc
