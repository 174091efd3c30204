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

// How a verification may be ended before it has its score.
struct VerificationEnds {
  std::stop_token stop{};   // its score is of no use any more: the plugin is ended too
  std::stop_token leave{};  // the same verification is asked for again, here or in another process: the plugin goes on
};

// Verifier lets a plugin judge a proposal.
class Verifier {
 public:
  virtual ~Verifier() = default;

  // The plugin's score, as it gave it. Errors: not_found, if there is no such plugin; invalid_argument, if it failed or gave no score;
  // unavailable; conflict: it was stopped or left. Where both are asked for it is stopped.
  virtual Async<double> verify(Verification what, VerificationEnds ends) = 0;
};

}  // namespace orc
