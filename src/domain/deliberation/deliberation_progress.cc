#include "domain/deliberation/deliberation_progress.h"

#include <algorithm>
#include <set>
#include <utility>

#include "domain/assert.h"
#include "domain/deliberation/price.h"
#include "domain/deliberation/spending_room.h"
#include "domain/whole_characters.h"

namespace orc {
namespace {

constexpr std::size_t skipped_reason_bytes_max = 300;  // of each stage

bool proposes(StageKind kind) { return kind == StageKind::propose || kind == StageKind::exchange || kind == StageKind::revise; }

// What the winner alone does not tell: that chance, or the order of the request, decided it.
std::map<std::string, std::string> words_of_vote(VoteRule rule, const std::vector<Ballot>& ballots, const Tally& tally) {
  std::map<std::string, std::string> words;
  const std::size_t cast = ballots.size() - tally.abstentions;
  if (rule != VoteRule::ranked && cast > 1 && tally.standings.size() == cast)
    words["votes"] = "all_differ";
  else if (tally.is_tied)
    words["votes"] = "tied";
  if (tally.abstentions > 0) words["abstentions"] = std::to_string(tally.abstentions);
  return words;
}

bool counts_votes(const Stage& stage) {
  return stage.kind == StageKind::vote || stage.kind == StageKind::escalate || stage.stop != EarlyStop::never;
}

}  // namespace

DeliberationProgress::DeliberationProgress(const DeliberationRequest& request, const DeliberationPlan& plan)
    : DeliberationProgress(request, plan, Scoring::at_once) {}

DeliberationProgress::DeliberationProgress(const DeliberationRequest& request, const DeliberationPlan& plan, Scoring scoring)
    : request_(request), plan_(plan), scoring_(scoring), counts_votes_(std::ranges::any_of(plan->stages, counts_votes)) {
  for (const AgentConfig& agent : request_->agents) {
    const auto own = plan_->agents.find(agent->agent_id);
    weights_.push_back(own == plan_->agents.end() ? 1 : own->second.weight);
  }
  open_stage();
}

const std::string& DeliberationProgress::model_of(std::uint32_t agent) const { return model_asked_for(*request_, request_->agents[agent]); }

Prompt DeliberationProgress::prompt_for(CallName name) const {
  return prompt_of(stage_of(name).kind, request_, agent_of(name), material_, own_answer_of(name.agent));
}

std::size_t DeliberationProgress::prompt_bytes_for(CallName name) const {
  if (stage_of(name).kind == StageKind::verify) return 0;
  return prompt_bytes_of(stage_of(name).kind, request_, agent_of(name), material_, own_answer_of(name.agent));
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
  ORC_ASSERT(!is_scoring() || call.outcome == CallOutcome::cancelled);
  if (const auto place = calls_.finish(call)) note_voice(*place);
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
      agreement_.reset();
      return;
    case CutShort::by_time:
      if (end_) return;
      ORC_ASSERT(!is_scoring());
      cut_ = why;
      close_stage(Closing::by_time);
  }
}

void DeliberationProgress::settle() {
  want();
  const bool votes = proposes(stage().kind) || stage().kind == StageKind::vote;
  if (votes && early_vote_.is_decided(stage())) return close_stage(Closing::by_calls);
  if (wanted_.empty()) close_stage(calls_.open().empty() ? Closing::by_calls : Closing::by_budget);
}

// Stages that only count are done at once.
void DeliberationProgress::open_stage() {
  for (; !end_; ++stage_) {
    calls_.clear();
    wanted_.clear();
    if (stage_ == plan_->stages.size()) return finish();
    const Stage& now = stage();
    switch (now.kind) {
      case StageKind::score:
        agreement_.emplace(agreement_of(pool_, plan_->extraction));
        if (scoring_ == Scoring::by_and_by) return;
        while (agreement_->work()) {}
        take_scores();
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
        // Asked about no answer at all, a model makes up one.
        if (pool_.empty() && now.kind != StageKind::propose) return close_stage(Closing::by_calls);
        ask_for(now);
        put_aside();
        want();
        if (!wanted_.empty()) return;
        return close_stage(calls_.open().empty() ? Closing::by_calls : Closing::by_budget);
    }
  }
}

void DeliberationProgress::score_some() {
  ORC_ASSERT(is_scoring());
  if (agreement_->work()) return;
  take_scores();
  ++stage_;
  open_stage();
}

void DeliberationProgress::take_scores() {
  const std::vector<double> scores = std::move(*agreement_).scores();
  agreement_.reset();
  for (std::size_t i = 0; i < pool_.size(); ++i) pool_[i].score = scores[i];
  score_method_ = "agreement";
}

void DeliberationProgress::ask_for(const Stage& now) {
  const auto place = static_cast<std::uint32_t>(stage_);
  switch (now.kind) {
    case StageKind::propose:
      // First each agent once, then each a second time: if the budget ends in between, all had their say.
      for (std::uint32_t sample = 0; sample < now.samples; ++sample)
        for (const std::uint32_t agent : agents_of(now)) calls_.add({.stage = place, .agent = agent, .sample = sample});
      return;
    case StageKind::verify:
      for (const PooledProposal& one : pool_) calls_.add({.stage = place, .agent = one.agent, .sample = one.sample});
      return;
    case StageKind::aggregate:
      calls_.add({.stage = place, .agent = agents_of(now).front()});
      return;
    case StageKind::exchange:
    case StageKind::critique:
    case StageKind::revise:
    case StageKind::vote:
      for (const std::uint32_t agent : agents_of(now)) calls_.add({.stage = place, .agent = agent});
      return;
    case StageKind::score:
    case StageKind::escalate:
      return;
  }
}

// What the calls of the stage are shown, may use, and may vote for.
void DeliberationProgress::put_aside() {
  candidates_.clear();
  if (stage().kind == StageKind::vote) candidates_ = distinct_proposals(pool_);
  candidates_.resize(std::min(candidates_.size(), ranked_candidates_max));
  material_ = material();
  rooms_.clear();
  voices_.assign(calls_.slots().size(), std::nullopt);
  std::vector<double> weights;
  for (const StageCalls::Slot& slot : calls_.slots()) weights.push_back(weights_[slot.name.agent]);
  early_vote_ = EarlyVote(std::move(weights));
  if (stage().kind == StageKind::verify || !SpendingRoom(plan_->budget, spent_).is_bounded_by_tokens()) return;
  // The samples of an agent ask the same.
  rooms_.resize(request_->agents.size());
  for (const StageCalls::Slot& slot : calls_.slots()) {
    if (slot.name.sample > 0) continue;
    const TokenUsage usage = usage_at_most(prompt_bytes_for(slot.name), plan_->answer_tokens);
    rooms_[slot.name.agent] = {.usage = usage, .cost_micros = cost_at_most(price_of(plan_, model_of(slot.name.agent)), usage)};
  }
}

TokenUsage DeliberationProgress::most_of(CallName name) const { return rooms_.empty() ? TokenUsage{} : rooms_[name.agent].usage; }

std::int64_t DeliberationProgress::cost_of_most(CallName name) const { return rooms_.empty() ? 0 : rooms_[name.agent].cost_micros; }

// As many of the calls that are left as the budget has room for, whatever they will use.
void DeliberationProgress::want() {
  wanted_.clear();
  SpendingRoom room(plan_->budget, spent_);
  for (const CallName name : calls_.open()) {
    if (!room.take(most_of(name), cost_of_most(name))) return;
    wanted_.push_back(name);
  }
}

void DeliberationProgress::note_voice(std::size_t place) {
  const Stage& now = stage();
  const FinishedCall* said = calls_.slots()[place].success();
  if (said != nullptr && counts_votes_ && (proposes(now.kind) || now.kind == StageKind::aggregate))
    voices_[place] = voice_of(*said, plan_->extraction);
  if (said != nullptr && now.kind == StageKind::vote) {
    const auto ranking = ranking_of(*said);
    if (!ranking.empty()) voices_[place] = ranking.front();
  }
  if (said == nullptr)
    early_vote_.miss(place);
  else
    early_vote_.hear(place, voices_[place]);
}

// Best first; empty: an abstention.
std::vector<std::string> DeliberationProgress::ranking_of(const FinishedCall& ballot) const {
  std::vector<std::string> choices;
  for (const std::size_t place : ranking_in(ballot.text, candidates_.size())) choices.push_back(*pool_[candidates_[place]].voice);
  return choices;
}

void DeliberationProgress::close_stage(Closing why) {
  const Stage& now = stage();
  const std::size_t successes = calls_.successes();
  wanted_.clear();
  budget_is_reached_ = budget_is_reached_ || why == Closing::by_budget;
  if (proposes(now.kind)) note_failures(why);
  if (successes < now.quorum) {
    std::string reason = why_too_few(successes, why);
    const bool has_nothing = why == Closing::by_calls && pool_.empty() && successes == 0;
    if (now.on_error == OnError::fail) return fail(has_nothing ? why_no_proposal() : std::move(reason));
    skipped_.append(skipped_.empty() ? "" : "; ").append(whole_characters(reason, skipped_reason_bytes_max));
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
        for (const StageCalls::Slot& slot : calls_.slots())
          if (const FinishedCall* remark = slot.success()) remarks_.push_back(remark->text);
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
void DeliberationProgress::note_failures(Closing why) {
  for (const StageCalls::Slot& slot : calls_.slots()) {
    if (answers_.contains(slot.name.agent)) continue;
    if (slot.finished && slot.finished->outcome != CallOutcome::succeeded) failures_[slot.name.agent] = slot.finished->text;
    if (!slot.finished && why == Closing::by_time) failures_.emplace(slot.name.agent, "timeout");
    if (!slot.finished && why == Closing::by_budget) failures_.emplace(slot.name.agent, "budget");
  }
}

// Of an exchange or a revision, who gave no new answer stands by the old one.
void DeliberationProgress::take_proposals(const Stage& now) {
  ProposalPool fresh;
  std::set<std::uint32_t> answered;
  for (std::size_t i = 0; i < calls_.slots().size(); ++i) {
    const FinishedCall* said = calls_.slots()[i].success();
    if (said == nullptr) continue;
    fresh.push_back({.agent = said->name.agent,
                     .sample = said->name.sample,
                     .proposal = {.text = said->text, .answer = said->answer, .finish = said->finish},
                     .voice = std::move(voices_[i]),
                     .reasoning = said->reasoning});
    answered.insert(said->name.agent);
    failures_.erase(said->name.agent);
  }
  if (now.kind == StageKind::exchange || now.kind == StageKind::revise)
    for (PooledProposal& old : pool_)
      if (!answered.contains(old.agent)) fresh.push_back(std::move(old));
  std::ranges::sort(fresh, {}, [](const PooledProposal& one) { return std::pair(one.agent, one.sample); });
  if (fresh.size() == 1) fresh.front().score = 1;
  pool_ = std::move(fresh);
  for (auto one = pool_.rbegin(); one != pool_.rend(); ++one) answers_[one->agent] = *one;
  score_method_ = now.kind == StageKind::aggregate ? "aggregate" : "none";
}

void DeliberationProgress::count_votes(const Stage& now) {
  std::vector<Ballot> ballots;
  if (now.rule == VoteRule::ranked) {
    for (const StageCalls::Slot& slot : calls_.slots()) {
      if (!slot.finished && now.stop != EarlyStop::never) continue;  // who need not be heard does not abstain
      const FinishedCall* said = slot.success();
      ballots.push_back({.choices = said == nullptr ? std::vector<std::string>() : ranking_of(*said)});
    }
  } else {
    ballots = ballots_of(pool_, weights_);
  }
  const Tally tally = count(now.rule, ballots);
  score_by_votes(pool_, tally);
  vote_words_ = words_of_vote(now.rule, ballots, tally);
  score_method_ = "vote";
}

void DeliberationProgress::take_verdicts() {
  for (PooledProposal& one : pool_) {
    const FinishedCall* verdict = calls_.finished({.stage = static_cast<std::uint32_t>(stage_), .agent = one.agent, .sample = one.sample});
    one.is_unverified = verdict == nullptr || !verdict->score;
    one.score = one.is_unverified ? 0 : std::clamp(*verdict->score, 0.0, 1.0);
  }
  score_method_ = "verifier";
}

bool DeliberationProgress::agrees_well(const Stage& now) const {
  const Tally tally = count(VoteRule::plurality, ballots_of(pool_, weights_));
  if (tally.standings.empty() || pool_.size() < now.quorum) return false;
  return tally.standings.front().votes / static_cast<double>(pool_.size()) >= now.agreement_min;
}

std::vector<std::uint32_t> DeliberationProgress::agents_of(const Stage& now) const {
  const std::set<std::string_view> named(now.agents.begin(), now.agents.end());
  std::vector<std::uint32_t> places;
  for (std::uint32_t i = 0; i < request_->agents.size(); ++i)
    if (named.empty() || named.contains(request_->agents[i]->agent_id)) places.push_back(i);
  ORC_ASSERT(!places.empty());  // misfits() was asked
  return places;
}

// Quoted once for all agents of the stage: each of a thousand prompts would copy a thousand answers else.
StageMaterial DeliberationProgress::material() const {
  const StageKind kind = stage().kind;
  if (kind == StageKind::propose || kind == StageKind::verify) return {};
  std::vector<std::string_view> proposals;
  if (kind == StageKind::vote) {
    for (const std::size_t place : candidates_) proposals.emplace_back(pool_[place].proposal.text);
  } else {
    for (const PooledProposal& one : pool_) proposals.emplace_back(one.proposal.text);
  }
  return material_of(kind, proposals, {remarks_.begin(), remarks_.end()});
}

OwnAnswer DeliberationProgress::own_answer_of(std::uint32_t agent) const {
  const auto own = answers_.find(agent);
  if (own == answers_.end()) return {};
  const auto in_play =
      std::ranges::find_if(pool_, [&](const PooledProposal& one) { return one.agent == agent && one.sample == own->second.sample; });
  OwnAnswer answer{.text = own->second.proposal.text, .place = {}};
  if (in_play != pool_.end()) answer.place = static_cast<std::size_t>(in_play - pool_.begin());
  return answer;
}

}  // namespace orc
