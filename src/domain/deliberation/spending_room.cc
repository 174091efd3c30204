#include "domain/deliberation/spending_room.h"

namespace orc {
namespace {

constexpr std::int64_t tokens_of_roles = 64;

}  // namespace

TokenUsage usage_at_most(std::size_t prompt_bytes, std::int64_t answer_tokens) {
  return {.in = static_cast<std::int64_t>(prompt_bytes) + tokens_of_roles, .out = answer_tokens};
}

TokenUsage usage_at_most(const Prompt& prompt, std::int64_t answer_tokens) {
  return usage_at_most(prompt.system.size() + prompt.user.size(), answer_tokens);
}

SpendingRoom::SpendingRoom(const Budget& budget, const Spending& spent) : calls_(budget.calls - spent.calls) {
  if (budget.tokens) tokens_ = *budget.tokens - spent.usage.in - spent.usage.out;
  if (budget.cost_micros) cost_micros_ = *budget.cost_micros - spent.cost_micros;
}

std::optional<BudgetPart> SpendingRoom::lack(const TokenUsage& usage, std::int64_t cost_micros) const {
  if (calls_ < 1) return BudgetPart::calls;
  if (tokens_ && *tokens_ < usage.in + usage.out) return BudgetPart::tokens;
  if (cost_micros_ && *cost_micros_ < cost_micros) return BudgetPart::money;
  return {};
}

bool SpendingRoom::take(const TokenUsage& usage, std::int64_t cost_micros) {
  if (lack(usage, cost_micros)) return false;
  put_aside(usage, cost_micros);
  return true;
}

void SpendingRoom::put_aside(const TokenUsage& usage, std::int64_t cost_micros) {
  --calls_;
  if (tokens_) *tokens_ -= usage.in + usage.out;
  if (cost_micros_) *cost_micros_ -= cost_micros;
}

}  // namespace orc
