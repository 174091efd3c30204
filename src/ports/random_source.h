#pragma once

#include <cstddef>
#include <string>

namespace orc {

// RandomSource is the only source of chance. Thread-safe.
class RandomSource {
 public:
  virtual ~RandomSource() = default;

  // Uniform in [0, 1).
  virtual double dice() = 0;

  // `bytes` unguessable bytes as lower-case hexadecimal, so twice as many characters.
  virtual std::string token(std::size_t bytes) = 0;
};

}  // namespace orc
