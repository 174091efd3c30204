#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace orc {

// How a ModelStub behaves. Shares are of the requests, from 0 to 1; which ones they strike is drawn by `seed`.
struct StubSettings {
  std::chrono::milliseconds first_token{50};  // until the first token of an answer
  double tokens_per_second = 50;              // after the first; 0: all at once with it
  int tokens = 40;                            // of an answer that no record gives
  double stragglers = 0;                      // answers that are `straggler_factor` times as slow
  double straggler_factor = 10;
  double errors = 0;  // requests that are refused with `error_status`
  int error_status = 500;
  std::optional<std::chrono::seconds> retry_after;  // told with a refusal
  double breaks = 0;                                // answers whose connection ends in their midst
  std::uint64_t seed = 1;
  std::vector<std::string> models;  // those that it has; empty: it answers for any name
  // Each token is the moment at which it was due, in microseconds of the host's steady clock, so that a reader on the same host knows how
  // late it came.
  enum class Tokens : std::uint8_t { words, stamps } kind = Tokens::words;
};

}  // namespace orc
