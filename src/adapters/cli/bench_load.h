#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/result.h"

namespace orc {

// What is sent, and how.
struct LoadPlan {
  std::string host;
  std::uint16_t port = 0;
  std::vector<std::string> requests;  // whole HTTP/1.1 requests, sent in turn; at least one
  int connections = 64;
  std::chrono::milliseconds duration{5000};
  // Requests a second, on a timetable; 0: each connection sends as soon as it has its answer (closed loop).
  double rate = 0;
};

struct LoadFigures {
  std::uint64_t answers = 0;   // of 2xx
  std::uint64_t refusals = 0;  // of any other status
  struct Refusal {
    int status = 0;
    std::string body;
  };
  std::optional<Refusal> first_refusal;
  double seconds = 0;
  // Sorted microseconds. With a rate they count from the moment on the timetable, not from the sending: a stall is paid for by all that it
  // held up (no coordinated omission).
  std::vector<std::uint32_t> latencies_us;

  double per_second() const { return seconds > 0 ? static_cast<double>(answers) / seconds : 0; }
  // Of the latencies, in milliseconds; 0 when there are none. `share` from 0 to 1.
  double percentile_ms(double share) const;
};

// Runs the load from one thread of this process. Keeps each connection; one that breaks ends the run.
// Errors: unavailable, if the server cannot be reached or a connection breaks.
Result<LoadFigures> run_load(const LoadPlan& plan);

}  // namespace orc
