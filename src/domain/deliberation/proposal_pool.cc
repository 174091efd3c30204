#include "domain/deliberation/proposal_pool.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "domain/deliberation/text_end.h"

namespace orc {

std::optional<std::string> voice_of(const FinishedCall& call, const Extraction& extraction) {
  if (extraction.kind != Extraction::Kind::none) return call.answer;
  std::string text = normalised_text(end_of(call.text, voted_bytes_max));
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

std::vector<Ballot> ballots_of(const ProposalPool& pool, const std::vector<double>& weights) {
  std::vector<Ballot> ballots;
  for (const PooledProposal& one : pool) {
    Ballot ballot{.choices = {}, .weight = weights[one.agent]};
    if (one.voice) ballot.choices.push_back(*one.voice);
    ballots.push_back(std::move(ballot));
  }
  return ballots;
}

void score_by_votes(ProposalPool& pool, const Tally& tally) {
  double all = 0;
  std::map<std::string_view, double> votes;
  for (const VoteStanding& one : tally.standings) {
    all += one.first_choices;
    votes.emplace(one.answer, one.votes);
  }
  for (PooledProposal& one : pool) {
    const auto its = one.voice ? votes.find(*one.voice) : votes.end();
    one.score = its == votes.end() ? 0 : std::clamp(its->second / all, 0.0, 1.0);
  }
}

Agreement agreement_of(const ProposalPool& pool, const Extraction& extraction) {
  std::vector<Proposal> proposals;
  for (const PooledProposal& one : pool) proposals.push_back(one.proposal);
  return {extraction.kind == Extraction::Kind::none ? Comparison::words : Comparison::answers, std::move(proposals)};
}

std::vector<std::size_t> distinct_proposals(const ProposalPool& pool) {
  std::vector<std::size_t> places;
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < pool.size(); ++i)
    if (pool[i].voice && seen.insert(*pool[i].voice).second) places.push_back(i);
  return places;
}

const PooledProposal* best_in(const ProposalPool& pool) {
  const auto best = std::ranges::max_element(pool, {}, &PooledProposal::score);
  return best == pool.end() ? nullptr : &*best;
}

}  // namespace orc
