#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "domain/strong_id.h"
#include "ports/async.h"

namespace orc {

struct Verification {
  std::string plugin;  // by name
  std::string task;    // the deliberation's task_description
  std::string proposal;
  std::optional<UserId> owner;
  std::chrono::milliseconds time_max{300'000};
  std::string key;  // the same for the same verification, so that a repeat after a restart runs nothing twice
};

// Verifier lets a plugin judge a proposal.
class Verifier {
 public:
  virtual ~Verifier() = default;

  // The plugin's score, as it gave it. Errors: not_found, if there is no such plugin; invalid_argument, if it failed or gave no score;
  // unavailable; conflict: it was stopped.
  virtual Async<double> verify(Verification what, std::stop_token stop) = 0;
};

}  // namespace orc
