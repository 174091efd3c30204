#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/deliberation/deliberation_plan.h"
#include "domain/deliberation/model_call.h"

namespace orc {

// A proposal that is still in play.
struct PooledProposal {
  std::uint32_t agent = 0;  // by its place in the request
  std::uint32_t sample = 0;
  Proposal proposal;
  double score = 0;
};

// By agent and sample, so that nothing depends on who answered first.
using ProposalPool = std::vector<PooledProposal>;

PooledProposal pooled(const FinishedCall& call);

// What a proposal votes for: its extracted answer, where answers are extracted (nothing found: it abstains), else its normalised text.
std::optional<std::string> voice_of(const PooledProposal& proposal, const Extraction& extraction);

// The ballots of the proposals, in their order. `weights` by agent.
std::vector<Ballot> ballots_of(const ProposalPool& pool, const Extraction& extraction, const std::vector<double>& weights);

// Sets each proposal's score to the share of the votes for what it says.
void score_by_votes(ProposalPool& pool, const Tally& tally, const Extraction& extraction);

// Sets each proposal's score by how far the others agree with it (agreement_scores).
void score_by_agreement(ProposalPool& pool);

// The proposals that differ, as they vote, each by its first one; those that abstain are left out. For a ranked vote.
std::vector<std::size_t> distinct_proposals(const ProposalPool& pool, const Extraction& extraction);

// The proposal with the highest score, of equal ones the first; nothing if there is none.
const PooledProposal* best_in(const ProposalPool& pool);

}  // namespace orc
