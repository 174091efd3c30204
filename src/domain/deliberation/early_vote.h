#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/deliberation/deliberation_plan.h"

namespace orc {

// EarlyVote is the vote on the answers of a stage while they come: whether it is over before all have. Of a ranked vote it hears the first
// choices: who has more than half of them has won. Keeps each answer once, and counts without looking at them. Not thread-safe.
class EarlyVote {
 public:
  EarlyVote() = default;
  // Of voters with these weights, in order.
  explicit EarlyVote(std::vector<double> weights);

  // The voter at `place` has said this; nothing: an abstention.
  void hear(std::size_t place, std::optional<std::string> voice);
  // The voter at `place` will say nothing.
  void miss(std::size_t place);

  // As the stage stops.
  bool is_decided(const Stage& stage) const;

 private:
  static constexpr std::int32_t open = -1;
  static constexpr std::int32_t silent = -2;  // failed
  static constexpr std::int32_t abstains = -3;
  struct Voter {
    double weight = 1;
    std::int32_t voice = open;  // else the number of what it said
  };
  std::vector<Voter> voters_;
  std::map<std::string, std::int32_t> voices_;
};

}  // namespace orc
