#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/deliberation/deliberation.h"
#include "domain/deliberation/prompt.h"
#include "domain/deliberation/proposal_pool.h"

namespace orc {

// DeliberationProgress is the engine: what a deliberation needs next, and how it ends, as a function of its request, its plan and the
// record of its calls in the order in which they were recorded. It knows no time, no chance and no world, so that a run, a restart and a
// replay cannot differ. Cheap to ask after every call. Not thread-safe.
class DeliberationProgress {
 public:
  // Both must outlive it.
  DeliberationProgress(const DeliberationRequest& request, const DeliberationPlan& plan);
  DeliberationProgress(const DeliberationProgress&) = delete;
  DeliberationProgress& operator=(const DeliberationProgress&) = delete;

  // The calls that should be under way now, in the order in which to begin them; none of those that were applied. One that is under way and
  // stands here no more is of no use: its connection can be closed. Those that the budget has no room for are left out. Empty once it
  // has ended, and never before.
  const std::vector<CallName>& wanted() const { return wanted_; }

  // What to ask. Preconditions: `name` is wanted, and its stage asks models.
  Prompt prompt_for(CallName name) const;
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

  const std::optional<DeliberationEnd>& end() const { return end_; }
  const Spending& spent() const { return spent_; }

 private:
  // One call of the stage that is under way.
  struct Slot {
    CallName name;
    std::optional<FinishedCall> finished = {};
  };

  void open_stage();  // and those after it, up to one that waits for calls, or the end
  void close_stage();
  void settle();  // closes the stage if it has nothing to wait for
  void ask_for(const Stage& stage);
  void put_aside();
  void note_failures();
  bool has_enough() const;
  void want();
  void finish();
  void fail(std::string reason);
  std::string why_too_few(std::size_t successes) const;
  std::string why_no_proposal() const;
  void take_proposals(const Stage& stage);
  void count_votes(const Stage& stage);
  void take_verdicts();
  bool agrees_well(const Stage& stage) const;
  std::vector<std::uint32_t> agents_of(const Stage& stage) const;
  PromptMaterial material_for(CallName name) const;
  DeliberationEnd decision() const;
  std::map<std::string, std::string> metadata_of(std::uint32_t agent) const;
  const Stage& stage() const { return plan_->stages[stage_]; }

  const DeliberationRequest& request_;
  const DeliberationPlan& plan_;
  std::vector<double> weights_;  // by agent

  std::size_t stage_ = 0;
  std::vector<Slot> slots_;  // of the stage that is under way, in order
  std::vector<CallName> wanted_;
  std::map<std::uint32_t, TokenUsage> most_;  // by agent, of the stage that is under way, if the budget asks
  ProposalPool pool_;
  std::vector<std::string> remarks_;
  std::map<std::uint32_t, PooledProposal> answers_;  // the latest of each agent
  std::map<std::uint32_t, std::string> failures_;    // the latest of each agent, while it has no answer
  std::string score_method_;
  bool budget_is_reached_ = false;
  CutShort cut_ = CutShort::no;
  Spending spent_;
  std::optional<DeliberationEnd> end_;
};

}  // namespace orc
