// How a deliberation ends: the other half of DeliberationProgress.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "domain/assert.h"
#include "domain/deliberation/budget_words.h"
#include "domain/deliberation/deliberation_progress.h"

namespace orc {
namespace {

// The shortest digits that read back as the same number.
std::string digits(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

DeliberationResult result_of(ResultFields fields) {
  auto made = DeliberationResult::create(std::move(fields));
  ORC_ASSERT(made.has_value());
  return std::move(*made);
}

}  // namespace

void DeliberationProgress::finish() {
  wanted_.clear();
  if (pool_.empty()) return fail(why_no_proposal());
  end_ = decision();
}

void DeliberationProgress::fail(std::string reason) {
  wanted_.clear();
  end_ = DeliberationEnd{.status = DeliberationStatus::failed, .cut = cut_, .error = std::move(reason)};
}

std::string DeliberationProgress::why_no_proposal() const {
  if (failures_.empty()) return "no agent gave an answer";
  const auto& [agent, first] = *failures_.begin();
  const bool is_of_all = std::ranges::all_of(failures_, [&](const auto& one) { return one.second == first; });
  if (is_of_all) return "all agents failed: " + first;
  return "all agents failed: " + request_->agents[agent]->agent_id + ": " + first + " (the others otherwise)";
}

// As the plan counts its stages.
std::string DeliberationProgress::stage_words() const {
  return "stage " + std::to_string(stage_) + " (" + std::string(to_word(stage().kind)) + ")";
}

std::string DeliberationProgress::why_too_few(std::size_t successes, Closing why) const {
  const Stage& now = stage();
  if (why == Closing::by_time)
    return "timeout: the time was over in " + stage_words() + " with " + std::to_string(successes) + " of the answers that it needs (" +
           std::to_string(now.quorum) + ")";
  if (why == Closing::by_budget) {
    const CallName next = calls_.open().front();
    return "budget: it had no room for the calls of " + stage_words() + "; " + std::to_string(spent_.calls) + " calls were made, and " +
           words_of_lack(plan_->budget, spent_, most_of(next), cost_of_most(next)) + "; it had " + std::to_string(successes) +
           " of the answers that it needs (" + std::to_string(now.quorum) + ")";
  }
  if (calls_.slots().empty()) return stage_words() + " had no proposal to work on";
  std::string cause;
  for (const StageCalls::Slot& slot : calls_.slots())
    if (cause.empty() && slot.finished && slot.finished->outcome != CallOutcome::succeeded) cause = slot.finished->text;
  return stage_words() + " had " + std::to_string(successes) + " successful calls; it needs " + std::to_string(now.quorum) + ": " + cause;
}

std::map<std::string, std::string> DeliberationProgress::metadata_of(std::uint32_t agent) const {
  return {{"model", model_of(agent)}, {"role", request_->agents[agent]->role}, {"score_method", score_method_}};
}

// Of each agent its best proposal that is still in play; one whose answer was replaced by others' in a later stage has it told with score
// 0.
DeliberationEnd DeliberationProgress::decision() const {
  std::map<std::uint32_t, PooledProposal> best;
  for (const PooledProposal& one : pool_) {
    const auto known = best.find(one.agent);
    if (known == best.end() || one.score > known->second.score) best[one.agent] = one;
  }
  MultiAgentFields together{.results = {}, .total_agents = request_->agents.size()};
  std::optional<ResultFields> decided;
  const PooledProposal* winner = best_in(pool_);
  const bool is_verified = score_method_ == "verifier";
  for (std::uint32_t agent = 0; agent < request_->agents.size(); ++agent) {
    const auto in_play = best.find(agent);
    const auto replaced = answers_.find(agent);
    if (in_play == best.end() && replaced == answers_.end()) {
      if (failures_.contains(agent)) ++together.failed_agents;
      continue;
    }
    const PooledProposal& one = in_play != best.end() ? in_play->second : replaced->second;
    ResultFields fields{.agent_id = request_->agents[agent]->agent_id,
                        .proposal = one.proposal.text,
                        .reasoning = one.reasoning,
                        .score = in_play != best.end() ? one.score : 0,
                        .metadata = metadata_of(agent)};
    if (one.proposal.answer) fields.metadata["answer"] = *one.proposal.answer;
    if (is_verified && one.is_unverified) fields.metadata["verdict"] = "none";
    if (in_play == best.end()) fields.metadata["superseded"] = "true";
    if (agent == winner->agent) decided = fields;
    together.results.push_back(result_of(std::move(fields)));
  }
  together.completed_agents = together.results.size();
  auto all = MultiAgentDeliberationResult::create(std::move(together));
  ORC_ASSERT(all.has_value() && decided);
  if (request_->agents.size() > 1) {
    decided->metadata["total_agents"] = std::to_string((*all)->total_agents);
    decided->metadata["completed_agents"] = std::to_string((*all)->completed_agents);
    decided->metadata["failed_agents"] = std::to_string((*all)->failed_agents);
    decided->metadata["average_score"] = digits(average_score(*all));
  }
  if (score_method_ == "vote") decided->metadata.insert(vote_words_.begin(), vote_words_.end());
  if (const auto count = std::ranges::count_if(pool_, &PooledProposal::is_unverified); is_verified && count > 0)
    decided->metadata["unverified"] = std::to_string(count);
  if (!skipped_.empty()) decided->metadata["skipped"] = skipped_;
  if (budget_is_reached_) decided->metadata["budget"] = "reached";
  if (cut_ == CutShort::by_time) decided->metadata["timeout"] = "reached";
  return {.status = DeliberationStatus::completed, .cut = cut_, .decision = result_of(std::move(*decided)), .together = std::move(*all)};
}

}  // namespace orc
