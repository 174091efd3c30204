#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/deliberation/deliberation.h"
#include "domain/deliberation/early_vote.h"
#include "domain/deliberation/prompt.h"
#include "domain/deliberation/proposal_pool.h"
#include "domain/deliberation/stage_calls.h"

namespace orc {

// DeliberationProgress is the engine: what a deliberation needs next, and how it ends, as a function of its request, its plan and the
// record of its calls in the order in which they were recorded. It knows no time, no chance and no world, so that a run, a restart and a
// replay cannot differ. Cheap to ask after every call. Not thread-safe.
class DeliberationProgress {
 public:
  // Whether proposals are compared at once, or by and by: with a thousand of them that takes a while.
  enum class Scoring : std::uint8_t { at_once, by_and_by };

  // Both must outlive it. Compares at once.
  DeliberationProgress(const DeliberationRequest& request, const DeliberationPlan& plan);
  DeliberationProgress(const DeliberationRequest& request, const DeliberationPlan& plan, Scoring scoring);
  DeliberationProgress(const DeliberationProgress&) = delete;
  DeliberationProgress& operator=(const DeliberationProgress&) = delete;

  // The calls that should be under way now, in the order in which to begin them; none of those that were applied. One that is under way and
  // stands here no more is of no use: its connection can be closed. Those that the budget has no room for are left out. Empty once it
  // has ended and while it is scoring, and at no other time.
  const std::vector<CallName>& wanted() const { return wanted_; }

  // What to ask. Preconditions: `name` is wanted, and its stage asks models.
  Prompt prompt_for(CallName name) const;
  // How many bytes that has, without making it. 0 if its stage verifies.
  std::size_t prompt_bytes_for(CallName name) const;
  // Which stage a call belongs to, and which agent.
  const Stage& stage_of(CallName name) const { return plan_->stages[name.stage]; }
  const AgentConfig& agent_of(CallName name) const { return request_->agents[name.agent]; }
  const std::string& model_of(std::uint32_t agent) const;
  // The most that one attempt at it may use; nothing where the budget bounds neither tokens nor money. Precondition: `name` is wanted.
  TokenUsage most_of(CallName name) const;
  std::int64_t cost_of_most(CallName name) const;
  // What a verifier is to judge. Precondition: `name` is wanted, and its stage verifies.
  const std::string& proposal_for(CallName name) const;

  // A call that is recorded now. One that is not wanted, as its stage was over when it ended, is counted, and changes nothing else but the
  // room that the budget has. One that timed out or was cancelled cuts it short.
  void apply(const FinishedCall& call);

  // Decides by what there is, because time is over: no effect once it has ended. Or cancels: that stands over any other end, since who
  // cancels has stored it before another end was.
  void cut_short(CutShort why);

  // Whether proposals are being compared: while that is so nothing but a cancel may be applied.
  bool is_scoring() const { return agreement_.has_value(); }
  // Some of that work, as Agreement::work(). Precondition: it is scoring.
  void score_some();

  const std::optional<DeliberationEnd>& end() const { return end_; }
  const Spending& spent() const { return spent_; }

 private:
  // Why a stage is over.
  enum class Closing : std::uint8_t {
    by_calls,   // it has waited for all that it needs
    by_budget,  // there is no room for those that it lacks
    by_time,
  };
  // The most that a call of an agent may use.
  struct Room {
    TokenUsage usage;
    std::int64_t cost_micros = 0;
  };

  void open_stage();  // and those after it, up to one that waits for calls or for scores, or the end
  void close_stage(Closing why);
  void settle();  // closes the stage if it has nothing to wait for
  void ask_for(const Stage& stage);
  void put_aside();
  void note_failures(Closing why);
  void note_voice(std::size_t place);
  std::vector<std::string> ranking_of(const FinishedCall& ballot) const;
  void want();
  void finish();
  void fail(std::string reason);
  std::string why_too_few(std::size_t successes, Closing why) const;
  std::string why_no_proposal() const;
  std::string stage_words() const;
  void take_proposals(const Stage& stage);
  void count_votes(const Stage& stage);
  void take_verdicts();
  void take_scores();
  bool agrees_well(const Stage& stage) const;
  std::vector<std::uint32_t> agents_of(const Stage& stage) const;
  StageMaterial material() const;
  OwnAnswer own_answer_of(std::uint32_t agent) const;
  DeliberationEnd decision() const;
  std::map<std::string, std::string> metadata_of(std::uint32_t agent) const;
  const Stage& stage() const { return plan_->stages[stage_]; }

  const DeliberationRequest& request_;
  const DeliberationPlan& plan_;
  const Scoring scoring_;
  bool counts_votes_ = false;    // somewhere in the plan
  std::vector<double> weights_;  // by agent

  std::size_t stage_ = 0;
  // Of the stage that is under way.
  StageCalls calls_;
  std::vector<CallName> wanted_;
  StageMaterial material_;
  std::vector<Room> rooms_;                         // by agent; none if the budget does not ask
  std::vector<std::optional<std::string>> voices_;  // by slot, where it proposes and there are votes, or ranks: its first choice
  std::vector<std::size_t> candidates_;             // a ranked vote: in the pool, what is voted on
  EarlyVote early_vote_;
  std::optional<Agreement> agreement_;

  ProposalPool pool_;
  std::vector<std::string> remarks_;
  std::map<std::uint32_t, PooledProposal> answers_;  // the latest of each agent
  std::map<std::uint32_t, std::string> failures_;    // the latest of each agent, while it has no answer
  std::string score_method_;
  std::map<std::string, std::string> vote_words_;  // what the decision tells of the latest vote
  std::string skipped_;                            // what the decision tells of the stages that had too few successful calls
  bool budget_is_reached_ = false;
  CutShort cut_ = CutShort::no;
  Spending spent_;
  std::optional<DeliberationEnd> end_;
};

}  // namespace orc
