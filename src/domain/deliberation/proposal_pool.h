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
  std::optional<std::string> voice;  // what it votes for, where there are votes
  std::string reasoning;             // of the model that made it
  double score = 0;
  bool is_unverified = false;  // its verifier gave no verdict
};

// By agent and sample, so that nothing depends on who answered first.
using ProposalPool = std::vector<PooledProposal>;

// What an answer votes for: what was extracted from it, where answers are extracted (nothing found: it abstains), else the end of its text
// (voted_bytes_max), normalised.
std::optional<std::string> voice_of(const FinishedCall& call, const Extraction& extraction);

// The ballots of the proposals, in their order. `weights` by agent.
std::vector<Ballot> ballots_of(const ProposalPool& pool, const std::vector<double>& weights);

// Sets each proposal's score to the share of the votes for what it says.
void score_by_votes(ProposalPool& pool, const Tally& tally);

// How far they agree, as their answers are compared.
Agreement agreement_of(const ProposalPool& pool, const Extraction& extraction);

// The proposals that differ, as they vote, each by its first one; those that abstain are left out. For a ranked vote.
std::vector<std::size_t> distinct_proposals(const ProposalPool& pool);

// The proposal with the highest score, of equal ones the first; nothing if there is none.
const PooledProposal* best_in(const ProposalPool& pool);

}  // namespace orc
