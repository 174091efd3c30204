#include "domain/deliberation/budget_words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "domain/assert.h"
#include "domain/deliberation/presets.h"
#include "domain/deliberation/price.h"
#include "domain/deliberation/prompt.h"

namespace orc {
namespace {

// In units of the currency, with the digits that it needs.
std::string money_text(std::int64_t micros) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), static_cast<double>(micros) / 1e6, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

std::string words_of_most(const TokenUsage& most) {
  return std::to_string(most.out) + " tokens of answer (max_tokens) and " + std::to_string(most.in) + " of prompt, a token a byte";
}

FieldFault fault_at(std::string_view part, const std::string& given, const std::string& but) {
  FieldPlace place = {"options", "budget", std::string(part)};
  std::string sentence = text_of(place) + " is " + given + ", but " + but;
  return {.loc = std::move(place), .msg = std::move(sentence), .type = "value_error"};
}

}  // namespace

// Calls are made in the order of the request, and none before one that has no room.
std::optional<FieldFault> shortage_of_budget(const DeliberationPlan& plan, const DeliberationRequest& request) {
  const Stage& first = plan->stages.front();
  const Budget& budget = plan->budget;
  if (first.on_error != OnError::fail) return {};
  if (budget.calls < static_cast<std::int64_t>(first.quorum))
    return fault_at("calls", std::to_string(budget.calls),
                    text_of(place_of_option(*plan, 0, "quorum", "quorum")) + " is " + std::to_string(first.quorum) +
                        ": so many calls of the stage " + std::string(to_word(first.kind)) + " must succeed");
  if (!SpendingRoom(budget, {}).is_bounded_by_tokens()) return {};
  std::size_t needed = first.quorum;
  for (const AgentConfig& agent : request->agents) {
    if (!first.agents.empty() && std::ranges::find(first.agents, agent->agent_id) == first.agents.end()) continue;
    if (needed-- == 0) break;
    const TokenUsage most = usage_at_most(prompt_bytes_of(first.kind, request, agent, {}, {}), plan->answer_tokens);
    const std::int64_t cost = cost_at_most(price_of(plan, model_asked_for(*request, agent)), most);
    const std::string of_call = " for a call of the agent '" + agent->agent_id + "'";
    if (budget.tokens && *budget.tokens < most.in + most.out)
      return fault_at("tokens", std::to_string(*budget.tokens),
                      std::to_string(most.in + most.out) + " are set aside" + of_call + ": " + words_of_most(most));
    if (budget.cost_micros && *budget.cost_micros < cost)
      return fault_at("money", money_text(*budget.cost_micros), money_text(cost) + " is set aside" + of_call + ": " + words_of_most(most));
  }
  return {};
}

std::string words_of_lack(const Budget& budget, const Spending& spent, const TokenUsage& most, std::int64_t cost_micros) {
  const auto lack = SpendingRoom(budget, spent).lack(most, cost_micros);
  ORC_ASSERT(lack);
  switch (*lack) {
    case BudgetPart::calls:
      return "calls is " + std::to_string(budget.calls);
    case BudgetPart::tokens:
      return "of tokens (" + std::to_string(*budget.tokens) + ") " + std::to_string(*budget.tokens - spent.usage.in - spent.usage.out) +
             " are left, and one more call may use " + std::to_string(most.in + most.out) + ": " + words_of_most(most);
    case BudgetPart::money:
      return "of money (" + money_text(*budget.cost_micros) + ") " + money_text(*budget.cost_micros - spent.cost_micros) +
             " is left, and one more call may cost " + money_text(cost_micros) + ": " + words_of_most(most);
  }
  return {};
}

}  // namespace orc
