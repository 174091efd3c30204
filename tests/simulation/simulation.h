#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "tests/simulation/ledger.h"
#include "tests/simulation/observed_database.h"
#include "tests/simulation/trace.h"

namespace orc::simulation {

// What came of one seed.
struct Outcome {
  std::optional<std::string> broken;  // the first promise that was broken; nothing: all held
  Account account;
  std::chrono::milliseconds simulated{};
  std::uint64_t trace_number = 0;  // equal for equal histories
  std::deque<std::string> last_lines;
};

// Runs the world of one seed from its start to the end of its last job. Everything in it follows from the seed. Any thread; several at
// once.
Outcome simulate(std::uint64_t seed, PlantedBug bug, Trace::Text text);

// The same seed once more with its last events as text, for people.
std::string report(std::uint64_t seed, PlantedBug bug);

}  // namespace orc::simulation
