#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>

namespace orc {

// The seed of a random test: that of ORC_TEST_SEED, so that a failure can be replayed, else a new one. Whoever uses it prints it on
// failure.
inline std::uint64_t random_seed() {
  if (const char* given = std::getenv("ORC_TEST_SEED")) return std::strtoull(given, nullptr, 10);
  return std::random_device{}();
}

}  // namespace orc
