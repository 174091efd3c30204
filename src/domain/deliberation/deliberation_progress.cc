#include "domain/deliberation/deliberation_progress.h"

#include <algorithm>
#include <utility>

#include "domain/assert.h"
#include "domain/deliberation/price.h"
#include "domain/deliberation/spending_room.h"

namespace orc {
namespace {

bool proposes(StageKind kind) { return kind == StageKind::propose || kind == StageKind::exchange || kind == StageKind::revise; }

}  // namespace

DeliberationProgress::DeliberationProgress(const DeliberationRequest& request, const DeliberationPlan& plan)
    : request_(request), plan_(plan) {
  for (const AgentConfig& agent : request_->agents) {
    const auto own = plan_->agents.find(agent->agent_id);
    weights_.push_back(own == plan_->agents.end() ? 1 : own->second.weight);
  }
  open_stage();
}

const std::string& DeliberationProgress::model_of(std::uint32_t agent) const {
  switch (request_->models) {
    case ModelChoice::of_request:
      return request_->vllm_model;
    case ModelChoice::of_each_agent:
      return request_->agents[agent]->model;
  }
  return request_->vllm_model;
}

Prompt DeliberationProgress::prompt_for(CallName name) const {
  return prompt_of(stage_of(name).kind, request_, agent_of(name), material_for(name));
}

const std::string& DeliberationProgress::proposal_for(CallName name) const {
  const auto found =
      std::ranges::find_if(pool_, [&](const PooledProposal& one) { return one.agent == name.agent && one.sample == name.sample; });
  ORC_ASSERT(found != pool_.end());
  return found->proposal.text;
}

void DeliberationProgress::apply(const FinishedCall& call) {
  spent_.add(call);
  if (end_) return;
  const auto slot = std::ranges::find_if(slots_, [&](const Slot& one) { return one.name == call.name && !one.finished; });
  if (slot != slots_.end()) slot->finished = call;
  if (call.outcome == CallOutcome::timed_out) return cut_short(CutShort::by_time);
  if (call.outcome == CallOutcome::cancelled) return cut_short(CutShort::by_cancel);
  settle();
}

void DeliberationProgress::cut_short(CutShort why) {
  switch (why) {
    case CutShort::no:
      return;
    case CutShort::by_cancel:
      end_ = DeliberationEnd{.status = DeliberationStatus::cancelled, .cut = why, .error = "the deliberation was cancelled"};
      wanted_.clear();
      return;
    case CutShort::by_time:
      if (end_) return;
      cut_ = why;
      close_stage();
  }
}

void DeliberationProgress::settle() {
  want();
  if (wanted_.empty() || has_enough()) close_stage();
}

// Stages that only count are done at once.
void DeliberationProgress::open_stage() {
  for (; !end_; ++stage_) {
    slots_.clear();
    wanted_.clear();
    if (stage_ == plan_->stages.size()) return finish();
    const Stage& now = stage();
    switch (now.kind) {
      case StageKind::score:
        score_by_agreement(pool_);
        score_method_ = "agreement";
        break;
      case StageKind::escalate:
        if (agrees_well(now)) return finish();
        break;
      case StageKind::vote:
        if (now.rule != VoteRule::ranked) {
          count_votes(now);
          break;
        }
        [[fallthrough]];
      case StageKind::propose:
      case StageKind::exchange:
      case StageKind::critique:
      case StageKind::revise:
      case StageKind::verify:
      case StageKind::aggregate:
        if (cut_ != CutShort::no) break;  // there is no time for calls any more
        ask_for(now);
        put_aside();
        want();
        if (!wanted_.empty()) return;
        return close_stage();
    }
  }
}

void DeliberationProgress::ask_for(const Stage& now) {
  const auto place = static_cast<std::uint32_t>(stage_);
  switch (now.kind) {
    case StageKind::propose:
      // First each agent once, then each a second time: if the budget ends in between, all had their say.
      for (std::uint32_t sample = 0; sample < now.samples; ++sample)
        for (const std::uint32_t agent : agents_of(now)) slots_.push_back({.name = {.stage = place, .agent = agent, .sample = sample}});
      return;
    case StageKind::verify:
      for (const PooledProposal& one : pool_) slots_.push_back({.name = {.stage = place, .agent = one.agent, .sample = one.sample}});
      return;
    case StageKind::aggregate:
      slots_.push_back({.name = {.stage = place, .agent = agents_of(now).front()}});
      return;
    case StageKind::exchange:
    case StageKind::critique:
    case StageKind::revise:
    case StageKind::vote:
      for (const std::uint32_t agent : agents_of(now)) slots_.push_back({.name = {.stage = place, .agent = agent}});
      return;
    case StageKind::score:
    case StageKind::escalate:
      return;
  }
}

// What each call may use. The samples of an agent ask the same.
void DeliberationProgress::put_aside() {
  most_.clear();
  if (stage().kind == StageKind::verify || !SpendingRoom(plan_->budget, spent_).is_bounded_by_tokens()) return;
  for (const Slot& slot : slots_)
    if (!most_.contains(slot.name.agent)) most_.emplace(slot.name.agent, usage_at_most(prompt_for(slot.name), plan_->answer_tokens));
}

TokenUsage DeliberationProgress::most_of(CallName name) const {
  const auto known = most_.find(name.agent);
  return known == most_.end() ? TokenUsage{} : known->second;
}

std::int64_t DeliberationProgress::cost_of_most(CallName name) const {
  return cost_of(price_of(plan_, model_of(name.agent)), most_of(name));
}

// As many of the calls that are left as the budget has room for, whatever they will use.
void DeliberationProgress::want() {
  wanted_.clear();
  SpendingRoom room(plan_->budget, spent_);
  for (const Slot& slot : slots_) {
    if (slot.finished) continue;
    if (!room.take(most_of(slot.name), cost_of_most(slot.name))) {
      budget_is_reached_ = true;
      return;
    }
    wanted_.push_back(slot.name);
  }
}

// Whether the vote on the answers so far is over before all have come.
bool DeliberationProgress::has_enough() const {
  const Stage& now = stage();
  if (!proposes(now.kind) || now.stop == EarlyStop::never) return false;
  ProposalPool pool;
  double outstanding = 0;
  for (const Slot& slot : slots_) {
    if (!slot.finished) outstanding += now.rule == VoteRule::weighted ? weights_[slot.name.agent] : 1;
    if (slot.finished && slot.finished->outcome == CallOutcome::succeeded) pool.push_back(pooled(*slot.finished));
  }
  if (pool.size() < now.quorum) return false;
  const Tally tally = count(now.rule, ballots_of(pool, plan_->extraction, weights_));
  if (lead_is_safe(now.rule, tally, outstanding)) return true;
  return now.stop == EarlyStop::likely_lead && lead_posterior(tally) >= now.confidence;
}

void DeliberationProgress::close_stage() {
  const Stage& now = stage();
  const auto successes = static_cast<std::size_t>(
      std::ranges::count_if(slots_, [](const Slot& slot) { return slot.finished && slot.finished->outcome == CallOutcome::succeeded; }));
  wanted_.clear();
  if (proposes(now.kind)) note_failures();
  if (successes < now.quorum) {
    if (now.on_error == OnError::fail) return fail(why_too_few(successes));
  } else {
    switch (now.kind) {
      case StageKind::propose:
      case StageKind::exchange:
      case StageKind::revise:
      case StageKind::aggregate:
        take_proposals(now);
        break;
      case StageKind::critique:
        remarks_.clear();
        for (const Slot& slot : slots_)
          if (slot.finished && slot.finished->outcome == CallOutcome::succeeded) remarks_.push_back(slot.finished->text);
        break;
      case StageKind::verify:
        take_verdicts();
        break;
      case StageKind::vote:
        count_votes(now);
        break;
      case StageKind::score:
      case StageKind::escalate:
        break;
    }
  }
  ++stage_;
  open_stage();
}

// Who has no answer failed if a call of his did, or if time or budget ended before it; not if the others were enough.
void DeliberationProgress::note_failures() {
  for (const Slot& slot : slots_) {
    if (answers_.contains(slot.name.agent)) continue;
    if (slot.finished && slot.finished->outcome != CallOutcome::succeeded) failures_[slot.name.agent] = slot.finished->text;
    if (!slot.finished && cut_ == CutShort::by_time) failures_.emplace(slot.name.agent, "timeout");
    if (!slot.finished && budget_is_reached_) failures_.emplace(slot.name.agent, "budget");
  }
}

// Of an exchange or a revision, who gave no new answer stands by the old one.
void DeliberationProgress::take_proposals(const Stage& now) {
  ProposalPool fresh;
  std::map<std::uint32_t, bool> answered;
  for (const Slot& slot : slots_) {
    if (!slot.finished || slot.finished->outcome != CallOutcome::succeeded) continue;
    fresh.push_back(pooled(*slot.finished));
    answered[slot.name.agent] = true;
    failures_.erase(slot.name.agent);
  }
  if (now.kind == StageKind::exchange || now.kind == StageKind::revise)
    for (const PooledProposal& old : pool_)
      if (!answered.contains(old.agent)) fresh.push_back(old);
  std::ranges::sort(fresh, {}, [](const PooledProposal& one) { return std::pair(one.agent, one.sample); });
  if (fresh.size() == 1) fresh.front().score = 1;
  pool_ = std::move(fresh);
  for (auto one = pool_.rbegin(); one != pool_.rend(); ++one) answers_[one->agent] = *one;
  score_method_ = now.kind == StageKind::aggregate ? "aggregate" : "none";
}

void DeliberationProgress::count_votes(const Stage& now) {
  std::vector<Ballot> ballots;
  if (now.rule == VoteRule::ranked) {
    const auto places = distinct_proposals(pool_, plan_->extraction);
    const std::size_t candidates = std::min(places.size(), ranked_candidates_max);
    for (const Slot& slot : slots_) {
      Ballot ballot;
      if (slot.finished && slot.finished->outcome == CallOutcome::succeeded)
        for (const std::size_t place : ranking_in(slot.finished->text, candidates))
          ballot.choices.push_back(*voice_of(pool_[places[place]], plan_->extraction));
      ballots.push_back(std::move(ballot));
    }
  } else {
    ballots = ballots_of(pool_, plan_->extraction, weights_);
  }
  score_by_votes(pool_, count(now.rule, ballots), plan_->extraction);
  score_method_ = "vote";
}

void DeliberationProgress::take_verdicts() {
  for (PooledProposal& one : pool_) {
    one.score = 0;  // what could not be verified
    for (const Slot& slot : slots_)
      if (slot.name.agent == one.agent && slot.name.sample == one.sample && slot.finished && slot.finished->score)
        one.score = std::clamp(*slot.finished->score, 0.0, 1.0);
  }
  score_method_ = "verifier";
}

bool DeliberationProgress::agrees_well(const Stage& now) const {
  const Tally tally = count(VoteRule::plurality, ballots_of(pool_, plan_->extraction, weights_));
  if (tally.standings.empty()) return false;
  return tally.standings.front().votes >= now.agreement_min * static_cast<double>(pool_.size());
}

std::vector<std::uint32_t> DeliberationProgress::agents_of(const Stage& now) const {
  std::vector<std::uint32_t> places;
  for (std::uint32_t i = 0; i < request_->agents.size(); ++i)
    if (now.agents.empty() || std::ranges::find(now.agents, request_->agents[i]->agent_id) != now.agents.end()) places.push_back(i);
  ORC_ASSERT(!places.empty());  // misfits() was asked
  return places;
}

PromptMaterial DeliberationProgress::material_for(CallName name) const {
  PromptMaterial material{.proposals = {}, .remarks = remarks_, .own = {}};
  if (stage_of(name).kind == StageKind::propose) return material;
  if (stage_of(name).kind == StageKind::vote) {
    auto places = distinct_proposals(pool_, plan_->extraction);
    places.resize(std::min(places.size(), ranked_candidates_max));
    for (const std::size_t place : places) material.proposals.push_back(pool_[place].proposal.text);
  } else {
    for (const PooledProposal& one : pool_) material.proposals.push_back(one.proposal.text);
  }
  if (const auto own = answers_.find(name.agent); own != answers_.end()) material.own = own->second.proposal.text;
  return material;
}

}  // namespace orc
