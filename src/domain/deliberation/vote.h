#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace orc {

// plurality: each voter's first choice counts 1. weighted: it counts the voter's weight. ranked: instant-runoff - while no answer has more
// than half of the ballots that still name one, the answer with the fewest is struck out and its ballots go to their next choice.
enum class VoteRule : std::uint8_t { plurality, weighted, ranked };

// One voter's wish. Ballots are given in the order of the request, so that no result depends on who answered first.
struct Ballot {
  std::vector<std::string> choices;  // best first, each once; plurality and weighted read the first only; empty: an abstention
  double weight = 1;                 // above 0, finite; read by weighted only
};

struct VoteStanding {
  std::string answer;
  double votes = 0;          // at the last count in which it took part
  double first_choices = 0;  // at the first count
  bool operator==(const VoteStanding&) const = default;
};

struct Tally {
  std::vector<VoteStanding> standings;  // most votes first; of equal ones, the one that an earlier ballot names first
  std::size_t abstentions = 0;
  bool is_tied = false;  // the first two have equally many votes
  bool operator==(const Tally&) const = default;

  // The answer that wins: with a tie the one that an earlier ballot names first; nothing if all abstained.
  std::optional<std::string> winner() const;
};

Tally count(VoteRule rule, const std::vector<Ballot>& ballots);

// Whether the leader wins however ballots of `outstanding` further weight (their number, except with weighted) are cast.
bool lead_is_safe(VoteRule rule, const Tally& tally, double outstanding);

// How sure it is that voters prefer the leader to the runner-up: the posterior probability that more than half of those who choose one of
// the two choose the leader, under a uniform prior: P(p > 1/2) for p ~ Beta(v1 + 1, v2 + 1) (the stopping rule of "Adaptive-Consistency",
// Aggarwal et al., 2023). For plurality; votes are whole numbers. 0.5 with no votes at all.
double lead_posterior(const Tally& tally);

}  // namespace orc
