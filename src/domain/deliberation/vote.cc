#include "domain/deliberation/vote.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace orc {
namespace {

constexpr double sum_error_max = 1e-9;  // of a sum of as many weights as there may be voters, a generous share of it

// By the first ballot that names them, and within a ballot by choice.
std::map<std::string, std::size_t> order_of_naming(const std::vector<Ballot>& ballots) {
  std::map<std::string, std::size_t> order;
  for (const Ballot& ballot : ballots)
    for (const std::string& answer : ballot.choices) order.emplace(answer, order.size());
  return order;
}

double voice_of(VoteRule rule, const Ballot& ballot) {
  switch (rule) {
    case VoteRule::plurality:
    case VoteRule::ranked:
      return 1;
    case VoteRule::weighted:
      return ballot.weight;
  }
  return 0;
}

// Each ballot speaks for its best choice that is not struck out.
std::vector<VoteStanding> counted(VoteRule rule, const std::vector<Ballot>& ballots, const std::map<std::string, std::size_t>& order,
                                  const std::set<std::string>& struck) {
  std::map<std::string, double> votes;
  for (const Ballot& ballot : ballots) {
    const auto choice = std::ranges::find_if(ballot.choices, [&](const std::string& answer) { return !struck.contains(answer); });
    if (choice != ballot.choices.end()) votes[*choice] += voice_of(rule, ballot);
  }
  std::vector<VoteStanding> standings;
  for (const auto& [answer, sum] : votes) standings.push_back({.answer = answer, .votes = sum});
  std::ranges::sort(standings, [&](const VoteStanding& a, const VoteStanding& b) {
    return a.votes != b.votes ? a.votes > b.votes : order.at(a.answer) < order.at(b.answer);
  });
  return standings;
}

bool has_majority(const std::vector<VoteStanding>& standings) {
  double all = 0;
  for (const VoteStanding& one : standings) all += one.votes;
  return standings.size() <= 2 || standings.front().votes * 2 > all;
}

bool first_two_are_equal(const std::vector<VoteStanding>& standings) {
  return standings.size() > 1 && standings[0].votes == standings[1].votes;
}

}  // namespace

std::optional<std::string> Tally::winner() const { return standings.empty() ? std::nullopt : std::optional(standings.front().answer); }

Tally count(VoteRule rule, const std::vector<Ballot>& ballots) {
  const auto order = order_of_naming(ballots);
  Tally tally;
  tally.abstentions = static_cast<std::size_t>(std::ranges::count_if(ballots, [](const Ballot& ballot) { return ballot.choices.empty(); }));
  std::set<std::string> struck;
  std::vector<VoteStanding> standings = counted(rule, ballots, order, struck);
  std::map<std::string, double> at_first;
  for (const VoteStanding& one : standings) at_first.emplace(one.answer, one.votes);
  std::vector<VoteStanding> out;  // in the order in which they were struck out
  while (rule == VoteRule::ranked && !has_majority(standings)) {
    out.push_back(standings.back());  // of equal ones the last named goes
    struck.insert(out.back().answer);
    standings = counted(rule, ballots, order, struck);
  }
  tally.is_tied = first_two_are_equal(standings);
  standings.insert(standings.end(), out.rbegin(), out.rend());
  for (VoteStanding& one : standings)
    if (const auto first = at_first.find(one.answer); first != at_first.end()) one.first_choices = first->second;
  tally.standings = std::move(standings);
  return tally;
}

bool lead_is_safe(VoteRule rule, const Tally& tally, double outstanding) {
  if (tally.standings.empty()) return outstanding <= 0;
  const double leader = tally.standings.front().votes;
  const double second = tally.standings.size() > 1 ? tally.standings[1].votes : 0;
  switch (rule) {
    case VoteRule::plurality:
    case VoteRule::weighted:
      // Equal would not do: the tie could go to the other, if an earlier ballot names it. Nor would what is more by the rounding of weights
      // like 0.1 only.
      return leader - second - outstanding > sum_error_max * (leader + second + outstanding);
    case VoteRule::ranked: {
      // Whom more than half of all ballots, cast and to come, name first has won at the first count.
      double cast = 0;
      for (const VoteStanding& one : tally.standings) cast += one.first_choices;
      return outstanding <= 0 || tally.standings.front().first_choices * 2 > cast + outstanding;
    }
  }
  return false;
}

double lead_posterior(const Tally& tally) {
  const double leader = tally.standings.empty() ? 0 : tally.standings.front().votes;
  const double second = tally.standings.size() > 1 ? tally.standings[1].votes : 0;
  // For whole numbers the regularised incomplete beta function is a binomial tail: P(p > 1/2) = sum over j <= v1 of C(n, j) / 2^n with
  // n = v1 + v2 + 1. In logarithms, so that it holds for a thousand voters.
  const double n = leader + second + 1;
  double sum = 0;
  for (double j = 0; j <= leader; ++j)
    sum += std::exp(std::lgamma(n + 1) - std::lgamma(j + 1) - std::lgamma(n - j + 1) - n * std::log(2.0));
  return std::min(sum, 1.0);
}

}  // namespace orc
