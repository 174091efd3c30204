#include "domain/deliberation/proposal_pool.h"

#include <algorithm>
#include <set>

namespace orc {

PooledProposal pooled(const FinishedCall& call) {
  return {
      .agent = call.name.agent, .sample = call.name.sample, .proposal = {.text = call.text, .answer = call.answer, .finish = call.finish}};
}

std::optional<std::string> voice_of(const PooledProposal& proposal, const Extraction& extraction) {
  if (extraction.kind != Extraction::Kind::none) return proposal.proposal.answer;
  std::string text = normalised_text(proposal.proposal.text);
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

std::vector<Ballot> ballots_of(const ProposalPool& pool, const Extraction& extraction, const std::vector<double>& weights) {
  std::vector<Ballot> ballots;
  for (const PooledProposal& one : pool) {
    Ballot ballot{.choices = {}, .weight = weights[one.agent]};
    if (auto voice = voice_of(one, extraction)) ballot.choices.push_back(std::move(*voice));
    ballots.push_back(std::move(ballot));
  }
  return ballots;
}

void score_by_votes(ProposalPool& pool, const Tally& tally, const Extraction& extraction) {
  double all = 0;
  for (const VoteStanding& one : tally.standings) all += one.first_choices;
  for (PooledProposal& one : pool) {
    one.score = 0;
    const auto voice = voice_of(one, extraction);
    for (const VoteStanding& standing : tally.standings)
      if (voice == standing.answer) one.score = std::clamp(standing.votes / all, 0.0, 1.0);
  }
}

void score_by_agreement(ProposalPool& pool) {
  std::vector<Proposal> proposals;
  for (const PooledProposal& one : pool) proposals.push_back(one.proposal);
  const std::vector<double> scores = agreement_scores(proposals);
  for (std::size_t i = 0; i < pool.size(); ++i) pool[i].score = scores[i];
}

std::vector<std::size_t> distinct_proposals(const ProposalPool& pool, const Extraction& extraction) {
  std::vector<std::size_t> places;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < pool.size(); ++i)
    if (const auto voice = voice_of(pool[i], extraction); voice && seen.insert(*voice).second) places.push_back(i);
  return places;
}

const PooledProposal* best_in(const ProposalPool& pool) {
  const auto best = std::ranges::max_element(pool, {}, &PooledProposal::score);
  return best == pool.end() ? nullptr : &*best;
}

}  // namespace orc
