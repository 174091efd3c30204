#include "domain/deliberation/early_vote.h"

#include <algorithm>

namespace orc {

EarlyVote::EarlyVote(std::vector<double> weights) {
  for (const double weight : weights) voters_.push_back({.weight = weight});
}

void EarlyVote::hear(std::size_t place, std::optional<std::string> voice) {
  voters_[place].voice = abstains;
  if (voice) voters_[place].voice = voices_.emplace(std::move(*voice), static_cast<std::int32_t>(voices_.size())).first->second;
}

void EarlyVote::miss(std::size_t place) { voters_[place].voice = silent; }

// In the order of the voters, as the final count is made.
bool EarlyVote::is_decided(const Stage& stage) const {
  if (stage.stop == EarlyStop::never) return false;
  std::vector<double> votes(voices_.size());
  double outstanding = 0;
  std::size_t heard = 0;
  for (const Voter& voter : voters_) {
    const double weight = stage.rule == VoteRule::weighted ? voter.weight : 1;
    if (voter.voice == open) outstanding += weight;
    if (voter.voice >= 0) votes[static_cast<std::size_t>(voter.voice)] += weight;
    heard += voter.voice >= 0 || voter.voice == abstains ? 1 : 0;
  }
  if (heard < stage.quorum) return false;
  std::ranges::sort(votes, std::ranges::greater());
  // Who stands for which answer does not matter here.
  Tally tally;
  for (const double one : votes) tally.standings.push_back({.answer = {}, .votes = one, .first_choices = one});
  if (lead_is_safe(stage.rule, tally, outstanding)) return true;
  return stage.stop == EarlyStop::likely_lead && lead_posterior(tally) >= stage.confidence;
}

}  // namespace orc
